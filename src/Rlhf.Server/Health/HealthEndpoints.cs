using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Server.Health;

/// <summary>Whether the process lives, and whether it can do its work.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthBody("live"))).AllowAnonymous();
        app.MapGet("/health/ready", ReadyAsync).AllowAnonymous();
    }

    /// <summary>Ready when the catalogue is known and the store answers.</summary>
    private static async Task<Results<Ok<HealthBody>, ProblemHttpResult>> ReadyAsync(CatalogCache catalog, IFeedbackLedger ledger, CancellationToken cancellationToken)
    {
        if (!catalog.IsReady)
        {
            return TypedResults.Problem("The catalogue of versions was not heard of yet.", statusCode: 503);
        }

        try
        {
            await ledger.LastSequenceAsync(cancellationToken);
            return TypedResults.Ok(new HealthBody("ready"));
        }
        catch (StorageException error)
        {
            return TypedResults.Problem(error.Message, statusCode: 503);
        }
    }
}

/// <summary>The state of the process.</summary>
internal sealed record HealthBody(string Status);
