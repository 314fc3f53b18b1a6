using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rlhf.Grains.Versions;

namespace Rlhf.Server.Health;

/// <summary>Whether this process knows which versions answer.</summary>
internal sealed class CatalogHealth(CatalogCache catalog) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        catalog.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The catalogue of versions was not heard of yet."));
}
