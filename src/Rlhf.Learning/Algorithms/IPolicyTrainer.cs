using Rlhf.Inference;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Improves a policy, one iteration after another. Between two iterations all its state can be copied and put back into another
/// trainer made with the same arguments, which then goes on with the same numbers. Not thread-safe; libtorch wants one thread throughout.
/// </summary>
public interface IPolicyTrainer : IDisposable
{
    /// <summary>Iterations done.</summary>
    int Iteration { get; }

    /// <summary>A copy of the policy as it is.</summary>
    LoraAdapter Policy { get; }

    /// <summary>One round of learning.</summary>
    /// <param name="cancellationToken">Stops between steps; the trainer is then of no more use, and a new one goes on from the last copy.</param>
    /// <returns>The iteration's figures, by TRL's names.</returns>
    /// <exception cref="NonFiniteTrainingException">Three steps in a row had to be dropped.</exception>
    IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken);

    /// <summary>A copy of all state.</summary>
    PolicySnapshot Capture();

    /// <summary>Goes on from a copy.</summary>
    /// <exception cref="InvalidDataException">The copy is of a trainer made with other arguments.</exception>
    void Restore(PolicySnapshot snapshot);
}
