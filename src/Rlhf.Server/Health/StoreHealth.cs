using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Health;

/// <summary>Whether the store answers.</summary>
internal sealed class StoreHealth(IFeedbackLedger ledger, ProcessOptions process) : IHealthCheck
{
    /// <summary>Below this SQLite's log may find no room for the next turn.</summary>
    private const long LeastRoom = 4 * 1024 * 1024;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await ledger.LastSequenceAsync(cancellationToken);
            return process.HasFolder && Room(process.Data) is { } free and < LeastRoom
                ? HealthCheckResult.Unhealthy($"The disk of the data folder {process.Data} is full: {free / 1024:N0} KiB are left, and nothing can be stored. Free some space.")
                : HealthCheckResult.Healthy();
        }
        catch (StorageException error)
        {
            return HealthCheckResult.Unhealthy(error.Message);
        }
    }

    private static long Room(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
}
