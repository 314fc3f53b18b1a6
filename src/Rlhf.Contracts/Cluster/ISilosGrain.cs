using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Which silos there are, for a client, which no membership is told to. Any key is the same grain, in the memory of
/// whichever silo is asked.</summary>
[Alias("rlhf.ISilosGrain")]
public interface ISilosGrain : IGrainWithIntegerKey
{
    /// <summary>The silos that are up, those among them that are about to end, as Orleans writes their addresses.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Get")]
    Task<ImmutableArray<string>> GetAsync(CancellationToken cancellationToken = default);
}
