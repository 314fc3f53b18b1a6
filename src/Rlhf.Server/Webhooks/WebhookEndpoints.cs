using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;
using Rlhf.Grains.Webhooks;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;

namespace Rlhf.Server.Webhooks;

/// <summary>Watching the webhooks.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this WebApplication app) =>
        app.MapGet("/v1/webhooks", ListAsync).RequireAuthorization(KeyPolicies.Watch)
            .Describe("Webhooks", "listWebhooks", "Shows how far each configured endpoint is, and why it gets no further.");

    private static async Task<Ok<WebhookListBody>> ListAsync(IGrainFactory grains, CatalogCache catalog, IOptions<WebhookOptions> options, CancellationToken cancellationToken) =>
        TypedResults.Ok(new WebhookListBody([.. await Task.WhenAll(options.Value.Endpoints.Select(async endpoint =>
        {
            var status = await grains.Webhook(catalog.Current.Model, endpoint).GetAsync(cancellationToken);
            return new WebhookBody(endpoint.Key, endpoint.ShownUrl, [.. endpoint.Events], WebhookProgressBody.Of(status.Feedback), WebhookProgressBody.Of(status.Learner));
        }))]));
}

/// <summary>The configured endpoints.</summary>
internal sealed record WebhookListBody(IReadOnlyList<WebhookBody> Webhooks);

/// <summary>An endpoint. Its address is shown without what may be secret in it; no events are all events.</summary>
internal sealed record WebhookBody(string Name, string Url, IReadOnlyList<string> Events, WebhookProgressBody Feedback, WebhookProgressBody Learner);

/// <summary>How far an endpoint is: the last entry it took, how many come after it (null where that can't be told now), and why the last attempt failed.</summary>
internal sealed record WebhookProgressBody(long Cursor, long? Lag, long Delivered, int Failures, string? LastError, DateTimeOffset? RetryAt)
{
    public static WebhookProgressBody Of(WebhookProgress progress) => new(progress.Cursor, progress.Lag, progress.Delivered, progress.Failures, progress.LastError, progress.RetryAt);
}
