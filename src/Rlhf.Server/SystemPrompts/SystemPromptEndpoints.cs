using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.SystemPrompts;
using Rlhf.Grains.Versions;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.SystemPrompts;

/// <summary>The model's system prompt: what replies are drawn under whose request has no system message of its own.</summary>
internal static class SystemPromptEndpoints
{
    private const string Tag = "System prompt";
    private const string Path = "/v1/system-prompt";

    public static void MapSystemPrompt(this WebApplication app)
    {
        app.MapGet(Path, GetAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe(Tag, "getSystemPrompt", "Shows the system prompt that is in use.").MayRefuse(404);
        app.MapGet($"{Path}/versions", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe(Tag, "listSystemPrompts", "Lists the versions of the system prompt, oldest first.");
        app.MapPut(Path, PutAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "putSystemPrompt", "Uses a text from now on, as a new version.").MayRefuse(507);
        app.MapDelete(Path, DeleteAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "deleteSystemPrompt", "Uses no system prompt from now on; the versions stay.").MayRefuse(507);
        app.MapPost($"{Path}/versions/{{id}}/activate", ActivateAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe(Tag, "activateSystemPrompt", "Uses an earlier version again.").MayRefuse(404, 507);
    }

    private static async Task<Ok<SystemPromptBody>> GetAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken) =>
        (await Prompts(grains, catalog).GetActiveAsync(cancellationToken)).Active is { } active
            ? TypedResults.Ok(SystemPromptBody.Of(active, active))
            : throw new RefusedException(Refusal.NotFound, $"No system prompt is in use; PUT {Path} puts one there.");

    private static async Task<Ok<SystemPromptListBody>> ListAsync(IGrainFactory grains, CatalogCache catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(SystemPromptListBody.Of(await Prompts(grains, catalog).ListAsync(cancellationToken)));

    private static async Task<Ok<SystemPromptBody>> PutAsync(
        RequestBody<SystemPromptRequest> body, IGrainFactory grains, CatalogCache catalog, SystemPromptCache cache, CancellationToken cancellationToken)
    {
        var text = (await body.ReadAsync()).Text;
        return InUse(await Prompts(grains, catalog).PutAsync(text, cancellationToken), cache);
    }

    private static async Task<Ok<SystemPromptBody>> ActivateAsync(string id, IGrainFactory grains, CatalogCache catalog, SystemPromptCache cache, CancellationToken cancellationToken)
    {
        var version = int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RefusedException(Refusal.NotFound, $"There is no version '{id}' of the system prompt; they are numbered from 1.", "id");
        return InUse(await Prompts(grains, catalog).ActivateAsync(version, cancellationToken), cache);
    }

    private static async Task<Ok<SystemPromptListBody>> DeleteAsync(IGrainFactory grains, CatalogCache catalog, SystemPromptCache cache, CancellationToken cancellationToken)
    {
        var prompts = await Prompts(grains, catalog).DeactivateAsync(cancellationToken);
        cache.Adopt(prompts);
        return TypedResults.Ok(SystemPromptListBody.Of(prompts));
    }

    /// <summary>This process goes by a change at once, the others when they look again.</summary>
    private static Ok<SystemPromptBody> InUse(SystemPromptVersions prompts, SystemPromptCache cache)
    {
        cache.Adopt(prompts);
        return TypedResults.Ok(SystemPromptBody.Of(prompts.Active!, prompts.Active));
    }

    private static ISystemPromptGrain Prompts(IGrainFactory grains, CatalogCache catalog) => grains.GetGrain<ISystemPromptGrain>(catalog.Current.Model);
}
