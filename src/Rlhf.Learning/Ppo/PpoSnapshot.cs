using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using TorchSharp.Modules;

namespace Rlhf.Learning.Ppo;

/// <summary>A PPO trainer between two iterations: parameters of policy and value, moments of their optimisers, β, counters.</summary>
internal sealed record PpoSnapshot(
    int Iteration,
    double KlCoefficient,
    int DroppedSteps,
    IReadOnlyList<long> OptimiserSteps,
    IReadOnlyDictionary<string, WeightTensor> Tensors)
{
    /// <summary>Copies what an optimiser moves.</summary>
    public static IEnumerable<(string Name, WeightTensor Tensor, long Step)> Of(string name, AdamW optimiser)
    {
        foreach (var (parameter, moments, i) in Moments(optimiser))
        {
            yield return ($"{name}.{i}.value", parameter.ToWeight(), moments.step);
            yield return ($"{name}.{i}.first_moment", moments.exp_avg.ToWeight(), moments.step);
            yield return ($"{name}.{i}.second_moment", moments.exp_avg_sq.ToWeight(), moments.step);
        }
    }

    /// <summary>Puts the copies back.</summary>
    /// <param name="name">As given to <see cref="Of"/>.</param>
    /// <param name="optimiser">An optimiser of parameters of the same shapes.</param>
    /// <param name="steps">The steps of its parameters, in order.</param>
    /// <exception cref="InvalidDataException">The snapshot is of other parameters.</exception>
    public void Restore(string name, AdamW optimiser, IEnumerable<long> steps)
    {
        using var noGradient = torch.no_grad();
        foreach (var ((parameter, moments, i), step) in Moments(optimiser).Zip(steps))
        {
            Copy($"{name}.{i}.value", parameter);
            Copy($"{name}.{i}.first_moment", moments.exp_avg);
            Copy($"{name}.{i}.second_moment", moments.exp_avg_sq);
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

    private static IEnumerable<(Parameter Parameter, AdamW.State Moments, int Index)> Moments(AdamW optimiser) =>
        optimiser.parameters().Zip(optimiser.state_dict().State.Cast<AdamW.State>(), (parameter, moments) => (parameter, moments)).Select((pair, i) => (pair.parameter, pair.moments, i));
}
