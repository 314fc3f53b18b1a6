using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rlhf.Storage;

namespace Rlhf.Server.Health;

/// <summary>Whether the store answers.</summary>
internal sealed class StoreHealth(IFeedbackLedger ledger) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await ledger.LastSequenceAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StorageException error)
        {
            return HealthCheckResult.Unhealthy(error.Message);
        }
    }
}
