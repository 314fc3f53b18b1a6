using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Contracts;
using Rlhf.Learner.Manifests;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Storage;

namespace Rlhf.Server.Versions;

/// <summary>What a version's training was made from.</summary>
internal static class ManifestEndpoint
{
    public static void MapManifests(this WebApplication app) =>
        app.MapGet("/v1/versions/{id}/manifest", GetAsync).RequireAuthorization(KeyPolicies.Watch)
            .Produces<TrainingManifest>()
            .Describe("Versions", "getVersionManifest", "Shows what a version's training was made from: events and prompts by checksum, the split, weights, options, seed, and the versions of what computed it.").MayRefuse(404);

    private static async Task<FileContentHttpResult> GetAsync(string id, IAdapterStore adapters, CancellationToken cancellationToken)
    {
        return await FindAsync(id, adapters, cancellationToken) is { } manifest
            ? TypedResults.Bytes(manifest, "application/json")
            : throw new RefusedException(Refusal.NotFound, $"Version '{id}' has no manifest: there is no such version, it is the base, or it was trained before there were manifests.", "id");
    }

    private static async Task<byte[]?> FindAsync(string id, IAdapterStore adapters, CancellationToken cancellationToken)
    {
        try
        {
            return await adapters.LoadManifestAsync(id, cancellationToken);
        }
        catch (ArgumentException)
        {
            return null; // no version has such a name
        }
    }
}
