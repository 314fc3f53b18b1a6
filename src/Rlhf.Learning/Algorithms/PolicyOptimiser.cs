using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>AdamW over the modules that a run trains, with one gradient norm over all of them and learning rates that fall in a line.</summary>
internal sealed class PolicyOptimiser : IDisposable
{
    private readonly AdamW _adam;
    private readonly double[] _peaks;
    private readonly double _gradientNorm;

    /// <summary>Sets up modules with their highest learning rates.</summary>
    public PolicyOptimiser(double weightDecay, double gradientNorm, params (nn.Module Module, double LearningRate)[] parts)
    {
        _adam = new AdamW([.. parts.Select(part => new ParameterGroup(part.Module.parameters(), weightDecay) { LearningRate = part.LearningRate })]);
        _peaks = [.. parts.Select(part => part.LearningRate)];
        _gradientNorm = gradientNorm;
    }

    /// <summary>The learning rate of the first module.</summary>
    public double LearningRate { get; private set; }

    /// <summary>Sets each learning rate to this share of its highest.</summary>
    public void SetShare(double share)
    {
        foreach (var (group, peak) in _adam.Groups.Zip(_peaks))
            group.LearningRate = peak * share;

        LearningRate = _peaks[0] * share;
    }

    /// <summary>Computes the gradient and clips it.</summary>
    /// <param name="loss">A scalar of the forward pass's outputs.</param>
    /// <param name="forward">The forward pass.</param>
    /// <returns>Its norm before clipping.</returns>
    public double Backward(Tensor loss, ShardedForward forward)
    {
        loss.backward();
        forward.Backward(_adam.Parameters);
        return nn.utils.clip_grad_norm_(_adam.Parameters, _gradientNorm);
    }

    /// <summary>Moves the parameters along the gradient.</summary>
    public void Step() => _adam.Step();

    /// <summary>Copies all state.</summary>
    public PolicySnapshot Capture(int iteration, StepGuard guard, IReadOnlyDictionary<string, double> numbers)
        => PolicySnapshot.Of(_adam, iteration, guard, numbers);

    /// <summary>Puts a copy back.</summary>
    public void Restore(PolicySnapshot snapshot) => snapshot.RestoreTo(_adam);

    public void Dispose() => _adam.Dispose();
}
