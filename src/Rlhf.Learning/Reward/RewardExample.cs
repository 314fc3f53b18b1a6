using Rlhf.Learning.Model;
using TorchSharp;

namespace Rlhf.Learning.Reward;

/// <summary>A labelled reply.</summary>
/// <param name="Input">What the model reads.</param>
/// <param name="Up">True for a thumb up.</param>
/// <param name="Weight">The rater's reliability.</param>
/// <param name="Group">Replies of one group are never split between training and held-out data.</param>
public sealed record RewardExample(RewardInput Input, bool Up, double Weight, string Group);

/// <summary>Labelled replies with what the frozen trunk makes of them, computed once however many models train on them.</summary>
public sealed class RewardCorpus : IDisposable
{
    internal RewardCorpus(CausalLm trunk, IReadOnlyList<RewardExample> examples, torch.Tensor[] below, float[][] features)
    {
        Trunk = trunk;
        Examples = examples;
        Below = below;
        Features = features;
    }

    /// <summary>The labelled replies.</summary>
    public IReadOnlyList<RewardExample> Examples { get; }

    /// <summary>The trunk that read them.</summary>
    internal CausalLm Trunk { get; }

    /// <summary>(T, d) of each: the residual stream below the LoRA's layers.</summary>
    internal torch.Tensor[] Below { get; }

    /// <summary>The dense features of each under the bare trunk.</summary>
    internal float[][] Features { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var residual in Below)
            residual.Dispose();
    }
}
