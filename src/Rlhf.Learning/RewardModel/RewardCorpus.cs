using Rlhf.Learning.Model;
using TorchSharp;

namespace Rlhf.Learning.RewardModel;

/// <summary>Feedback with what the frozen trunk makes of its replies, computed once however many models train on them.</summary>
public sealed class RewardCorpus : IDisposable
{
    private readonly int[] _first;

    internal RewardCorpus(CausalLm trunk, IReadOnlyList<RewardExample> examples, IReadOnlyList<RewardInput> inputs, torch.Tensor[] below, float[][] features)
    {
        Trunk = trunk;
        Examples = examples;
        Inputs = inputs;
        Below = below;
        Features = features;
        _first = new int[examples.Count];
        for (var e = 1; e < examples.Count; e++)
            _first[e] = _first[e - 1] + examples[e - 1].Inputs.Count;
    }

    /// <summary>The feedback.</summary>
    public IReadOnlyList<RewardExample> Examples { get; }

    /// <summary>The trunk that read it.</summary>
    internal CausalLm Trunk { get; }

    /// <summary>The replies of all examples, one after the other.</summary>
    internal IReadOnlyList<RewardInput> Inputs { get; }

    /// <summary>(T, d) of each reply: the residual stream below the LoRA's layers.</summary>
    internal torch.Tensor[] Below { get; }

    /// <summary>The dense features of each reply under the bare trunk.</summary>
    internal float[][] Features { get; }

    /// <summary>The rows of <see cref="Inputs"/> that an example is about.</summary>
    internal IEnumerable<int> Rows(int example) => Enumerable.Range(_first[example], Examples[example].Inputs.Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var residual in Below)
            residual.Dispose();
    }
}
