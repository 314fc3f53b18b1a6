using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using TorchSharp.Modules;

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
    /// <summary>Copies what an optimiser moves.</summary>
    internal static PolicySnapshot Of(AdamW optimiser, int iteration, StepGuard guard, IReadOnlyDictionary<string, double> numbers)
    {
        var tensors = new Dictionary<string, WeightTensor>();
        var steps = new List<long>();
        foreach (var (parameter, moments, names) in Moments(optimiser))
        {
            tensors.Add(names.Value, parameter.ToWeight());
            tensors.Add(names.First, moments.exp_avg.ToWeight());
            tensors.Add(names.Second, moments.exp_avg_sq.ToWeight());
            steps.Add(moments.step);
        }

        return new PolicySnapshot(iteration, guard.Dropped, guard.InARow, numbers, steps, tensors);
    }

    /// <summary>Puts the copies back.</summary>
    /// <param name="optimiser">An optimiser of parameters of the same shapes.</param>
    /// <exception cref="InvalidDataException">The snapshot is of other parameters.</exception>
    internal void RestoreTo(AdamW optimiser)
    {
        using var noGradient = torch.no_grad();
        var all = Moments(optimiser).ToArray();
        if (all.Length != OptimiserSteps.Count)
            throw new InvalidDataException($"The checkpoint is of {OptimiserSteps.Count} parameters; {all.Length} are trained now. It was made by another algorithm or with other options.");

        foreach (var ((parameter, moments, names), step) in all.Zip(OptimiserSteps))
        {
            Copy(names.Value, parameter);
            Copy(names.First, moments.exp_avg);
            Copy(names.Second, moments.exp_avg_sq);
            moments.step = step;
        }
    }

    private void Copy(string name, torch.Tensor to)
    {
        if (!Tensors.TryGetValue(name, out var from) || !from.Shape.Select(size => (long)size).SequenceEqual(to.shape))
            throw new InvalidDataException($"The checkpoint's '{name}' is {from?.ToString() ?? "missing"}; [{string.Join(", ", to.shape)}] is needed. It was made with other options or another live version.");

        using var scope = torch.NewDisposeScope();
        to.copy_(torch.tensor(from.Values, to.shape));
    }

    private static IEnumerable<(Parameter Parameter, AdamW.State Moments, (string Value, string First, string Second) Names)> Moments(AdamW optimiser) =>
        optimiser.parameters().Zip(optimiser.state_dict().State.Cast<AdamW.State>(), (parameter, moments) => (parameter, moments))
            .Select((pair, i) => (pair.parameter, pair.moments, ($"trained.{i}.value", $"trained.{i}.first_moment", $"trained.{i}.second_moment")));
}
