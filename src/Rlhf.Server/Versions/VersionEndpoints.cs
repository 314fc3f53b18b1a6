using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Versions;

/// <summary>Watching versions, promoting them and taking them back.</summary>
internal static class VersionEndpoints
{
    public static void MapVersions(this WebApplication app)
    {
        app.MapGet("/v1/versions", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Versions", "listVersions", "Lists every version, oldest first.");
        app.MapGet("/v1/versions/{id}", GetAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Versions", "getVersion", "Shows a version: what it descends from, what was said of it, its test and its history.").MayRefuse(404);
        app.MapGet("/v1/versions/{id}/compare/{other}", CompareAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Versions", "compareVersions", "Compares two versions: win rates by prompt and by tag, and how near their replies are to corrections.").MayRefuse(400, 404);
        app.MapGet("/v1/leaderboard", LeaderboardAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Versions", "getLeaderboard", "Orders the versions by comparisons of their replies.");
        app.MapPost("/v1/versions/{id}/promote", PromoteAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "promoteVersion", "Makes a version live for everybody, one that was rolled back among them.").MayRefuse(404, 409);
        app.MapPost("/v1/versions/{id}/rollback", RollBackAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "rollBackVersion", "Takes a version back.").MayRefuse(404, 409);
        app.MapPost("/v1/versions/{id}/release", ReleaseAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "releaseVersionFeedback", "Lets the feedback count again that a version learned from which was rolled back.").MayRefuse(404, 409);
    }

    private static Task<Ok<VersionListBody>> ListAsync(IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken) =>
        BodyAsync(grains, cache, cancellationToken);

    private static async Task<Ok<VersionDetailBody>> GetAsync(string id, IGrainFactory grains, CatalogCache cache, IOptions<VersionOptions> options, CancellationToken cancellationToken)
    {
        var catalog = Catalog(grains, cache);
        var known = await catalog.GetKnownAsync(cancellationToken);
        var record = known.Contains(id) ? await grains.GetGrain<IModelVersionGrain>($"{cache.Current.Model}:{id}").GetAsync(cancellationToken) : null;
        if (record is null)
        {
            throw new RefusedException(Refusal.NotFound, $"There is no version '{id}'; there are: {string.Join(", ", known)}.", "id");
        }

        var (shares, damaged) = await AnsweringAsync(catalog, cancellationToken);
        var withheld = (await catalog.GetWithheldAsync(cancellationToken)).Any(feedback => feedback.Version == id);
        var quarantined = await grains.GetGrain<IRatersGrain>(cache.Current.Model).GetQuarantinedAsync(cancellationToken);
        var said = await grains.GetGrain<IVersionEvidenceGrain>(cache.Current.Model).GetAsync(cancellationToken);
        return TypedResults.Ok(new VersionDetailBody(VersionBody.Of(record, shares.GetValueOrDefault(id), withheld, damaged.GetValueOrDefault(id), quarantined))
        {
            Ancestors = await AncestorsAsync(record.Parent, grains, cache.Current.Model, cancellationToken),
            Evidence = EvidenceBody.Of(said.Of(id)),
            Test = said.Test is { } test && (test.Test.Canary == id || test.Test.Live == id) ? CanaryTestBody.Of(test, options.Value) : null,
            History = [.. (record.History ?? []).Select(VersionStepBody.Of)],
        });
    }

    private static async Task<Ok<VersionComparisonBody>> CompareAsync(
        string id, string other, ComparisonLog log, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        var known = await Catalog(grains, cache).GetKnownAsync(cancellationToken);
        foreach (var (version, param) in new[] { (id, "id"), (other, "other") })
        {
            if (!known.Contains(version))
            {
                throw new RefusedException(Refusal.NotFound, $"There is no version '{version}'; there are: {string.Join(", ", known)}.", param);
            }
        }

        if (id == other)
        {
            throw new RefusedException(Refusal.Invalid, $"'{id}' is the same version; name two different ones.", "other");
        }

        var (compared, corrections) = await log.ReadAsync(cancellationToken);
        return TypedResults.Ok(VersionComparisonBody.Of(id, other, compared, corrections));
    }

    private static async Task<Ok<LeaderboardBody>> LeaderboardAsync(ComparisonLog log, CancellationToken cancellationToken) =>
        TypedResults.Ok(LeaderboardBody.Of((await log.ReadAsync(cancellationToken)).Comparisons));

    private static async Task<IReadOnlyList<string>> AncestorsAsync(string? parent, IGrainFactory grains, string model, CancellationToken cancellationToken)
    {
        var ancestors = new List<string>();
        for (; parent is not null && !ancestors.Contains(parent); parent = await grains.GetGrain<IModelVersionGrain>($"{model}:{parent}").GetParentAsync(cancellationToken))
        {
            ancestors.Add(parent);
        }

        return ancestors;
    }

    private static async Task<Ok<VersionListBody>> PromoteAsync(
        string id, OptionalBody<VersionDecisionRequest> body, HttpContext http, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        var reason = (await body.ReadAsync())?.Reason;
        await Catalog(grains, cache).PromoteAsync(id, VersionDecision.OfOperator(Caller.Of(http).Client, reason, "promoted by hand"), cancellationToken);
        return await BodyAsync(grains, cache, cancellationToken);
    }

    private static async Task<Ok<VersionListBody>> RollBackAsync(
        string id, OptionalBody<VersionDecisionRequest> body, HttpContext http, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        var reason = (await body.ReadAsync())?.Reason;
        await Catalog(grains, cache).RollBackAsync(id, VersionDecision.OfOperator(Caller.Of(http).Client, reason, "rolled back by hand"), cancellationToken);
        return await BodyAsync(grains, cache, cancellationToken);
    }

    private static async Task<Ok<VersionListBody>> ReleaseAsync(string id, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        await Catalog(grains, cache).ReleaseAsync(id, cancellationToken);
        return await BodyAsync(grains, cache, cancellationToken);
    }

    private static IModelCatalogGrain Catalog(IGrainFactory grains, CatalogCache cache) => grains.GetGrain<IModelCatalogGrain>(cache.Current.Model);

    private static async Task<Ok<VersionListBody>> BodyAsync(IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        var catalog = Catalog(grains, cache);
        var quarantined = await grains.GetGrain<IRatersGrain>(cache.Current.Model).GetQuarantinedAsync(cancellationToken);
        var (shares, damaged) = await AnsweringAsync(catalog, cancellationToken);
        var withheld = (await catalog.GetWithheldAsync(cancellationToken)).Select(feedback => feedback.Version).ToHashSet();
        var records = await catalog.ListAsync(cancellationToken);
        return TypedResults.Ok(new VersionListBody(
            [.. records.Select(record => VersionBody.Of(record, shares.GetValueOrDefault(record.Id), withheld.Contains(record.Id), damaged.GetValueOrDefault(record.Id), quarantined))]));
    }

    /// <summary>What really answers: a damaged version has no share, and what answers in its place has it.</summary>
    private static async Task<(IReadOnlyDictionary<string, double> Shares, IReadOnlyDictionary<string, string> Damaged)> AnsweringAsync(IModelCatalogGrain catalog, CancellationToken cancellationToken)
    {
        var damaged = await catalog.GetDamagedAsync(cancellationToken);
        return ((await catalog.GetAsync(cancellationToken)).Without([.. damaged.Keys]).Versions.ToDictionary(served => served.Version, served => served.Share), damaged);
    }
}
