using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Health;

/// <summary>Whether the process lives, and whether it can do its work.</summary>
internal static class HealthEndpoints
{
    /// <summary>Adds what a process needs to do its work; another check that is added is asked at <c>/health/ready</c>, too.</summary>
    public static void AddHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<CatalogHealth>("catalog")
        .AddCheck<StoreHealth>("store");

    // Endpoints of our own rather than MapHealthChecks, whose endpoints have no description in OpenAPI.
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthBody("live"))).AllowAnonymous()
            .Describe("Operations", "getLiveness", "Tells whether the process lives.");
        app.MapGet("/health/ready", ReadyAsync).AllowAnonymous()
            .Describe("Operations", "getReadiness", "Tells whether the process can do its work.").MayRefuse(503);
    }

    private static async Task<Results<Ok<HealthBody>, ProblemHttpResult>> ReadyAsync(HealthCheckService health, CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(cancellationToken);
        return report.Status == HealthStatus.Healthy
            ? TypedResults.Ok(new HealthBody("ready"))
            : TypedResults.Problem(string.Join(' ', report.Entries.Values.Select(check => check.Description).OfType<string>()), statusCode: 503);
    }
}

/// <summary>The state of the process.</summary>
internal sealed record HealthBody(string Status);
