using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Hosting;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;
using Rlhf.Storage;

namespace Rlhf.Server.Feedback;

/// <summary>Pressing thumbs, taking them back, and bringing recorded ones in. Every answer comes after the ledger's.</summary>
internal static class FeedbackEndpoints
{
    // An import of 16 MB takes several times that while it is read; the next one's body waits in its sender's hands.
    private static readonly SemaphoreSlim OneImport = new(1);

    public static void MapFeedback(this WebApplication app)
    {
        app.MapPost("/v1/feedback", RateAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "createFeedback", "Presses a thumb on a reply; the answer comes when it is durable.").MayRefuse(404, 409, 422, 507);
        app.MapDelete("/v1/feedback", RetractAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "deleteFeedback", "Takes a thumb back.").MayRefuse(400, 404, 409, 422, 507);
        app.MapPost("/v1/feedback/import", ImportAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>().WithMetadata(new RequestSizeLimitAttribute(RequestLimits.ImportBytes))
            .Describe("Feedback", "importFeedback", "Brings recorded thumbs in; a bad one is reported and the rest goes in.").TakesBody<ImportRequest<ImportItem>>().MayRefuse(507);
    }

    private static async Task<Ok<FeedbackBody>> RateAsync(
        RequestBody<FeedbackRequest> request, [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey, HttpContext http, IGrainFactory grains, LiveSilos silos)
    {
        var body = await request.ReadAsync();
        var (conversation, number) = Completion(body.CompletionId);
        var thumb = new ThumbRequest(EventId(http, body.Rater, idempotencyKey), number, body.Rater, body.Thumbs == "up", body.Comment, [.. body.Tags ?? []], Named: IsNamed(idempotencyKey));
        return await PressAsync(grains, silos, conversation, thumb, http);
    }

    private static async Task<Ok<FeedbackBody>> RetractAsync(
        [FromQuery(Name = "completion_id"), Required] string? completionId,
        [FromQuery, Required, MaxLength(RequestLimits.Name)] string? rater,
        [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey,
        HttpContext http,
        IGrainFactory grains,
        LiveSilos silos)
    {
        if (completionId is null or "" || rater is null or "")
        {
            throw Refuse.Invalid("A thumb is taken back by DELETE /v1/feedback?completion_id=…&rater=…; one of the two is missing.", rater is null or "" ? "rater" : "completion_id");
        }

        if (!Names.AreGood(rater))
        {
            throw Refuse.Invalid($"'rater' must be {Names.Rule}.", "rater");
        }

        var (conversation, number) = Completion(completionId);
        var thumb = new ThumbRequest(EventId(http, rater, idempotencyKey), number, rater, Up: null, Comment: null, Tags: [], Named: IsNamed(idempotencyKey));
        return await PressAsync(grains, silos, conversation, thumb, http);
    }

    private static async Task<Ok<ImportBody>> ImportAsync(RequestBody<ImportRequest<JsonElement>> request, FeedbackImport import, CancellationToken cancellationToken)
    {
        await OneImport.WaitAsync(cancellationToken);
        try
        {
            var items = ImportItems.Read((await request.ReadAsync()).Items);
            var imported = await import.RecordAsync(items.Good, cancellationToken);
            return TypedResults.Ok(new ImportBody(imported, items.Good.Count - imported, items.Rejected));
        }
        finally
        {
            OneImport.Release();
        }
    }

    private static async Task<Ok<FeedbackBody>> PressAsync(IGrainFactory grains, LiveSilos silos, string conversation, ThumbRequest request, HttpContext http)
    {
        var caller = Caller.Of(http);
        if (caller.KeyId is not null)
        {
            request = request with { Client = caller.Client, Annotator = caller.Roles.HasFlag(KeyRoles.Rate) };
        }

        // The event's id is the same each time, so that a thumb is recorded once however often it is sent.
        var receipt = await silos.AskAsync(cancellation => grains.Conversation(conversation).RateAsync(request, cancellation), http.RequestAborted);
        var thumbs = receipt.Up switch { true => "up", false => "down", null => null };
        return TypedResults.Ok(new FeedbackBody(receipt.EventId, receipt.CompletionId, thumbs, receipt.Rater, receipt.Version, receipt.RecordedAt));
    }

    private static (string Conversation, int Number) Completion(string id) =>
        CompletionId.TryParse(id, out var conversation, out var number) && ConversationName.IsGood(conversation)
            ? (conversation, number)
            : throw new RefusedException(Refusal.NotFound, $"There is no completion '{id}'; a completion's id is in its 'id' field and looks like chatcmpl-…-1.", "completion_id");

    private static bool IsNamed(string? key) => key is not (null or "");

    /// <summary>A press that its client gave no name is another one each time.</summary>
    private static string EventId(HttpContext http, string rater, string? key)
    {
        if (!IsNamed(key))
        {
            return Guid.CreateVersion7().ToString("N");
        }

        if (key!.Length > RequestLimits.Name)
        {
            throw Refuse.Invalid($"The header '{IdempotencyKey.Header}' is {key.Length:N0} characters long; at most {RequestLimits.Name} are allowed.", IdempotencyKey.Header);
        }

        return IdempotencyKey.EventId(Caller.Of(http).Client, rater, key);
    }
}

/// <summary>Says that a thumb is durable; <c>thumbs</c> is null when it was taken back.</summary>
internal sealed record FeedbackBody(string Id, string CompletionId, string? Thumbs, string Rater, string Version, DateTimeOffset RecordedAt);

/// <summary>What became of an import.</summary>
internal sealed record ImportBody(int Imported, int Duplicates, IReadOnlyList<RejectedItem> Rejected);
