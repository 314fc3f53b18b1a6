using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>A policy's trainer between two iterations. Randomness is a function of seed and counters, so the counters are its state.</summary>
/// <param name="Iteration">Iterations done, from which the data cursor follows.</param>
/// <param name="DroppedSteps">Steps left out so far.</param>
/// <param name="DroppedInARow">How many of them came last, one after another.</param>
/// <param name="Numbers">What the algorithm itself keeps, such as PPO's β.</param>
/// <param name="OptimiserSteps">Steps of each parameter's moments.</param>
/// <param name="Tensors">Each parameter with its moments.</param>
public sealed record PolicySnapshot(
    int Iteration,
    int DroppedSteps,
    int DroppedInARow,
    IReadOnlyDictionary<string, double> Numbers,
    IReadOnlyList<long> OptimiserSteps,
    IReadOnlyDictionary<string, WeightTensor> Tensors)
{
    /// <summary>Replies left out so far because their score was not finite.</summary>
    public int DroppedScores { get; init; }

    /// <summary>Copies what an optimiser moves.</summary>
    internal static PolicySnapshot Of(AdamW optimiser, int iteration, StepGuard guard, IReadOnlyDictionary<string, double> numbers)
    {
        var tensors = optimiser.State.ToDictionary(moments => moments.Name, moments => moments.Values.ToWeight());
        for (var i = 0; i < optimiser.Parameters.Count; i++)
            tensors.Add(NameOf(i), optimiser.Parameters[i].ToWeight());

        return new PolicySnapshot(iteration, guard.DroppedSteps, guard.InARow, numbers, optimiser.Steps, tensors) { DroppedScores = guard.DroppedScores };
    }

    /// <summary>Puts the copies back.</summary>
    /// <param name="optimiser">An optimiser of parameters of the same shapes.</param>
    /// <exception cref="InvalidDataException">The snapshot is of other parameters.</exception>
    internal void RestoreTo(AdamW optimiser)
    {
        optimiser.Steps = OptimiserSteps;
        for (var i = 0; i < optimiser.Parameters.Count; i++)
            optimiser.Parameters[i].CopyFrom(Tensors, NameOf(i));

        foreach (var (name, values) in optimiser.State)
            values.CopyFrom(Tensors, name);
    }

    private static string NameOf(int parameter) => $"trained.{parameter}.value";
}
