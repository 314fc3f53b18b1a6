using Orleans;

namespace Rlhf.Contracts;

/// <summary>Erases what is older than is kept, one for a cluster, keyed by the model's name.</summary>
[Alias("rlhf.IRetentionGrain")]
public interface IRetentionGrain : IGrainWithStringKey
{
    /// <summary>Sets or takes back the reminder, as the configuration says. Called by each silo at its start.</summary>
    [Alias("Wake")]
    Task WakeAsync(CancellationToken cancellationToken = default);

    /// <summary>Erases now.</summary>
    /// <returns>What was erased.</returns>
    [Alias("Apply")]
    Task<ErasedCounts> ApplyAsync();
}
