using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Raters;

/// <summary>Watching raters, and leaving them out.</summary>
internal static class RaterEndpoints
{
    private const string Tag = "Raters";
    private const int MostListed = 100;
    private const int Listed = 20;
    private const int LongestCursor = 3 * (2 * RequestLimits.Name); // a client and a name, escaped

    public static void MapRaters(this WebApplication app)
    {
        app.MapGet("/v1/raters", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe(Tag, "listRaters", "Lists the raters of the newest feedback with how far they are trusted, and what speaks against them.").MayRefuse(400);
        app.MapGet("/v1/raters/{id}", GetAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe(Tag, "getRater", "Shows a rater.").MayRefuse(400, 404);
        app.MapPost("/v1/raters/{id}/quarantine", QuarantineAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "quarantineRater", "Leaves a rater out of trainings, whatever was said before, and takes nothing more of the rater.").MayRefuse(404, 507);
        app.MapPost("/v1/raters/{id}/release", ReleaseAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "releaseRater", "Lets a rater's feedback count again.").MayRefuse(400, 404, 507);
        app.MapPost("/v1/rebuild", RebuildAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "rebuildProjections", "Makes what is summed up from the ledger anew, and says what of it was missing or different.").MayRefuse(507);
    }

    private static async Task<Ok<RaterListBody>> ListAsync(
        [FromQuery, Range(1, MostListed), Description("The most to list; 20 where it is missing.")] string? limit,
        [FromQuery, MaxLength(LongestCursor), Description("Where the page begins: 'next' of the page before.")] string? after,
        IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken)
    {
        var most = limit is null ? Listed
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostListed ? number
            : throw Refuse.Invalid($"'limit' must be a whole number from 1 to {MostListed}, not '{limit}'.", "limit");
        return TypedResults.Ok(RaterListBody.Of(await Raters(grains, catalog).ListAsync(most, after, cancellationToken)));
    }

    private static async Task<Ok<RaterDetailsBody>> GetAsync(
        [Description(RaterName.Description)] string id, [FromQuery, Description(ClientScope.Description)] string? client, HttpContext http, IGrainFactory grains, CatalogCache catalog)
    {
        var rater = RaterName.Of(http, client);
        return await Raters(grains, catalog).GetAsync(rater, http.RequestAborted) is { } known
            ? TypedResults.Ok(RaterDetailsBody.Of(known))
            : throw new RefusedException(Refusal.NotFound, $"Nobody knows the rater '{RaterId.NameIn(rater)}': there is no feedback of that name among the newest.", "id");
    }

    private static async Task<Ok<RaterDetailsBody>> QuarantineAsync(
        [Description(RaterName.Description)] string id, [FromQuery, Description(ClientScope.Description)] string? client, RequestBody<QuarantineRequest> body, HttpContext http, IGrainFactory grains, CatalogCache catalog)
    {
        var reason = (await body.ReadAsync()).Reason;
        return TypedResults.Ok(RaterDetailsBody.Of(
            await Raters(grains, catalog).QuarantineAsync(RaterName.Of(http, client), reason, Caller.Of(http).Client ?? "operator", http.RequestAborted)));
    }

    private static async Task<Ok<RaterDetailsBody>> ReleaseAsync(
        [Description(RaterName.Description)] string id, [FromQuery, Description(ClientScope.Description)] string? client, HttpContext http, IGrainFactory grains, CatalogCache catalog) =>
        TypedResults.Ok(RaterDetailsBody.Of(await Raters(grains, catalog).ReleaseAsync(RaterName.Of(http, client), http.RequestAborted)));

    private static async Task<Ok<RebuiltBody>> RebuildAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken)
    {
        var raters = await Raters(grains, catalog).RebuildAsync(cancellationToken);
        var evidence = grains.GetGrain<IVersionEvidenceGrain>(catalog.Current.Model);
        var (kept, made) = (await evidence.GetAsync(cancellationToken), await evidence.RebuildAsync(cancellationToken));
        var different = made.Versions.Keys.Union(kept.Versions.Keys).Count(version => made.Of(version) != kept.Of(version));
        return TypedResults.Ok(new RebuiltBody(
            new RebuiltPartBody(raters.Cursor, raters.Entries, raters.Mended), new RebuiltPartBody(made.Cursor, made.Versions.Count, made.Cursor == kept.Cursor ? different : 0)));
    }

    internal static IRatersGrain Raters(IGrainFactory grains, CatalogCache catalog) => grains.GetGrain<IRatersGrain>(catalog.Current.Model);
}

/// <summary>What was made anew from the ledger.</summary>
/// <param name="Raters">What raters, cohorts and trainings are read from.</param>
/// <param name="Versions">What was said of each version.</param>
internal sealed record RebuiltBody(RebuiltPartBody Raters, RebuiltPartBody Versions);

/// <summary>A projection that was made anew.</summary>
/// <param name="Cursor">The ledger's last event that is in it.</param>
/// <param name="Entries">Entries that it holds.</param>
/// <param name="Mended">Stored parts that were missing or different.</param>
internal sealed record RebuiltPartBody(long Cursor, int Entries, int Mended);
