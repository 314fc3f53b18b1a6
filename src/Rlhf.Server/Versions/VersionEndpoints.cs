using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Versions;

/// <summary>Watching versions, promoting them and taking them back.</summary>
internal static class VersionEndpoints
{
    public static void MapVersions(this WebApplication app)
    {
        app.MapGet("/v1/versions", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Versions", "listVersions", "Lists every version, oldest first.");
        app.MapPost("/v1/versions/{id}/promote", PromoteAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "promoteVersion", "Makes a version live for everybody.").MayRefuse(404, 409);
        app.MapPost("/v1/versions/{id}/rollback", RollBackAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "rollBackVersion", "Takes a version back.").MayRefuse(404, 409);
        app.MapPost("/v1/versions/{id}/release", ReleaseAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Versions", "releaseVersionFeedback", "Lets the feedback count again that a version learned from which was rolled back.").MayRefuse(404, 409);
    }

    private static Task<Ok<VersionListBody>> ListAsync(IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken) =>
        BodyAsync(Catalog(grains, cache), cancellationToken);

    private static async Task<Ok<VersionListBody>> PromoteAsync(string id, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        await Catalog(grains, cache).PromoteAsync(id, cancellationToken);
        return await BodyAsync(Catalog(grains, cache), cancellationToken);
    }

    private static async Task<Ok<VersionListBody>> RollBackAsync(string id, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        await Catalog(grains, cache).RollBackAsync(id, cancellationToken);
        return await BodyAsync(Catalog(grains, cache), cancellationToken);
    }

    private static async Task<Ok<VersionListBody>> ReleaseAsync(string id, IGrainFactory grains, CatalogCache cache, CancellationToken cancellationToken)
    {
        await Catalog(grains, cache).ReleaseAsync(id, cancellationToken);
        return await BodyAsync(Catalog(grains, cache), cancellationToken);
    }

    private static IModelCatalogGrain Catalog(IGrainFactory grains, CatalogCache cache) => grains.GetGrain<IModelCatalogGrain>(cache.Current.Model);

    private static async Task<Ok<VersionListBody>> BodyAsync(IModelCatalogGrain catalog, CancellationToken cancellationToken)
    {
        var shares = (await catalog.GetAsync(cancellationToken)).Versions.ToDictionary(served => served.Version, served => served.Share);
        var withheld = (await catalog.GetWithheldAsync(cancellationToken)).Select(feedback => feedback.Version).ToHashSet();
        var records = await catalog.ListAsync(cancellationToken);
        return TypedResults.Ok(new VersionListBody([.. records.Select(record => VersionBody.Of(record, shares.GetValueOrDefault(record.Id), withheld.Contains(record.Id)))]));
    }
}
