using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// The policy as it is trained: its LoRA, and AdamW over it and whatever trains beside it, with one gradient norm over all of them, learning rates that fall
/// in a line to 0, and steps that are dropped when a figure is not finite. Everything that a checkpoint holds of a trainer is here.
/// </summary>
internal sealed class TrainedPolicy : IDisposable
{
    private readonly CausalLm _trunk;
    private readonly AdamW _adam;
    private readonly double[] _peaks;
    private readonly double _gradientNorm;

    /// <param name="trunk">The frozen trunk.</param>
    /// <param name="start">The adapter to go on from.</param>
    /// <param name="learningRate">The policy's highest learning rate.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="gradientNorm">Largest norm of a step's gradient.</param>
    /// <param name="others">What trains beside the policy, with highest learning rates.</param>
    public TrainedPolicy(CausalLm trunk, LoraAdapter start, double learningRate, double weightDecay, double gradientNorm, params (nn.Module Module, double LearningRate)[] others)
    {
        (nn.Module Module, double LearningRate)[] parts = [(Lora = new LoraParameters(trunk.Config, start, device: trunk.Device), learningRate), .. others];
        _trunk = trunk;
        _adam = new AdamW([.. parts.Select(part => new ParameterGroup(part.Module.parameters(), weightDecay) { LearningRate = part.LearningRate })]);
        _peaks = [.. parts.Select(part => part.LearningRate)];
        _gradientNorm = gradientNorm;
        Layer = start.LowestLayer();
    }

    /// <summary>The LoRA.</summary>
    public LoraParameters Lora { get; }

    /// <summary>The lowest layer that the LoRA changes.</summary>
    public int Layer { get; }

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    /// <summary>What was dropped.</summary>
    public StepGuard Guard { get; private set; } = new();

    /// <summary>The policy's learning rate.</summary>
    public double LearningRate => _adam.Groups[0].LearningRate;

    /// <summary>A copy of the policy.</summary>
    public LoraAdapter ToAdapter() => Lora.ToAdapter();

    /// <summary>Sets the learning rates of the next iteration of so many.</summary>
    public void BeginIteration(int iterations)
    {
        var share = 1 - (Iteration / (double)iterations);
        foreach (var (group, peak) in _adam.Groups.Zip(_peaks))
            group.LearningRate = peak * share;
    }

    /// <summary>Counts the iteration.</summary>
    public void EndIteration() => Iteration++;

    /// <summary>Counts the iteration and adds to its metrics what all algorithms report.</summary>
    /// <param name="metrics">The iteration's metrics.</param>
    /// <param name="steps">What its steps reported.</param>
    /// <param name="episodes">Replies that an iteration learns from.</param>
    public void EndIteration(Dictionary<string, double> metrics, StepMetrics steps, int episodes)
    {
        EndIteration();
        steps.WriteTo(metrics);
        metrics["lr"] = LearningRate;
        metrics["episode"] = Iteration * episodes;
        metrics["val/steps"] = steps.Steps;
        metrics["val/dropped_steps"] = Guard.DroppedSteps;
        metrics["val/dropped_replies"] = Guard.DroppedScores;
    }

    /// <summary>Log-probs of a shard's generated tokens with gradient, (N).</summary>
    public Tensor LogProbs(Shard shard, double temperature) =>
        _trunk.LogProbsOf(_trunk.AboveAt(shard.BelowPolicy, Layer, shard.Tokens.Positions, Lora), shard.Tokens.Targets, temperature);   // (N, d) -> (N)

    /// <summary>Takes the gradient of a loss, clips it, and moves the parameters along it.</summary>
    /// <param name="name">Names the step in errors.</param>
    /// <param name="loss">A scalar of the forward pass's outputs.</param>
    /// <param name="forward">The forward pass.</param>
    /// <param name="approxKl">The approximate KL to the policy before the iteration, in nats a token.</param>
    /// <param name="mostKl">A step is not taken when the KL is over this: it comes from the steps before.</param>
    /// <returns>False when a figure was not finite and the step was dropped.</returns>
    /// <exception cref="NonFiniteTrainingException">Three steps in a row were dropped.</exception>
    public bool TryStep(string name, Tensor loss, ShardedForward forward, double approxKl = 0, double mostKl = double.PositiveInfinity)
    {
        loss.backward();
        forward.Backward(_adam.Parameters);
        var norm = nn.utils.clip_grad_norm_(_adam.Parameters, _gradientNorm);
        if (!Guard.Allows(name, loss.item<float>(), norm, approxKl))
            return false;

        if (approxKl <= mostKl)
            _adam.Step();
        return true;
    }

    /// <summary>A copy of all state.</summary>
    /// <param name="numbers">What the algorithm itself keeps.</param>
    public PolicySnapshot Capture(IReadOnlyDictionary<string, double>? numbers = null) => PolicySnapshot.Of(_adam, Iteration, Guard, numbers ?? new Dictionary<string, double>());

    /// <summary>Puts a copy back.</summary>
    /// <exception cref="InvalidDataException">The copy is of other parameters.</exception>
    public void Restore(PolicySnapshot snapshot)
    {
        snapshot.RestoreTo(_adam);
        Guard = new StepGuard(snapshot.DroppedSteps, snapshot.DroppedInARow, snapshot.DroppedScores);
        Iteration = snapshot.Iteration;
    }

    public void Dispose()
    {
        _adam.Dispose();
        Lora.Dispose();
    }
}
