using Orleans;

namespace Rlhf.Contracts;

/// <summary>Decides about the canary of one model, keyed by the model's name.</summary>
[Alias("rlhf.ICanaryGrain")]
public interface ICanaryGrain : IGrainWithStringKey
{
    /// <summary>Looks at the evidence, and promotes the canary, rolls it back or retires it where that decides it. Repeating it changes nothing; silos call
    /// it every few seconds.</summary>
    /// <param name="served">How the caller's own replies went; null from one that does not serve.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Decide")]
    Task DecideAsync(ServedFigures? served = null, CancellationToken cancellationToken = default);
}
