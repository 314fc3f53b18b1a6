using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.Requests;
using Rlhf.Storage;

namespace Rlhf.Server.Feedback;

/// <summary>Pressing thumbs, taking them back, and bringing recorded ones in. Every answer comes after the ledger's.</summary>
internal static class FeedbackEndpoints
{
    private const string IdempotencyKey = "Idempotency-Key";

    public static void MapFeedback(this WebApplication app)
    {
        app.MapPost("/v1/feedback", RateAsync).RequireAuthorization(KeyPolicies.Rate);
        app.MapDelete("/v1/feedback", RetractAsync).RequireAuthorization(KeyPolicies.Rate);
        app.MapPost("/v1/feedback/import", ImportAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>().WithMetadata(new RequestSizeLimitAttribute(RequestLimits.ImportBytes));
    }

    private static async Task<Ok<FeedbackBody>> RateAsync(HttpContext http, IGrainFactory grains)
    {
        using var json = await RequestFields.ReadBodyAsync(http.Request, http.RequestAborted);
        var body = new RequestFields(json.RootElement);
        var (conversation, number) = Completion(body.RequiredText("completion_id", 2 * RequestLimits.Name));
        var rater = body.RequiredText("rater", RequestLimits.Name);
        var request = new ThumbRequest(
            EventId(http, rater),
            number,
            rater,
            body.OneOf("thumbs", "up", "down") == "up",
            body.Text("comment", RequestLimits.Comment),
            [.. body.List("tags", RequestLimits.Tags).Select((tag, index) => RequestFields.TextOf(tag, $"tags[{index}]"))]);
        return await PressAsync(grains, conversation, request, http);
    }

    private static async Task<Ok<FeedbackBody>> RetractAsync(
        HttpContext http, [FromQuery(Name = "completion_id")] string? completionId, [FromQuery] string? rater, IGrainFactory grains)
    {
        if (completionId is null or "" || rater is null or "")
        {
            throw Refuse.Invalid("A thumb is taken back by DELETE /v1/feedback?completion_id=…&rater=…; one of the two is missing.", rater is null or "" ? "rater" : "completion_id");
        }

        if (rater.Length > RequestLimits.Name)
        {
            throw Refuse.Invalid($"'rater' is {rater.Length:N0} characters long; at most {RequestLimits.Name} are allowed.", "rater");
        }

        var (conversation, number) = Completion(completionId);
        var request = new ThumbRequest(EventId(http, rater), number, rater, Up: null, Comment: null, Tags: []);
        return await PressAsync(grains, conversation, request, http);
    }

    private static async Task<Ok<ImportBody>> ImportAsync(HttpContext http, FeedbackImport import)
    {
        using var json = await RequestFields.ReadBodyAsync(http.Request, http.RequestAborted);
        var items = ImportItems.Read(new RequestFields(json.RootElement));
        var imported = await import.RecordAsync(items.Good, http.RequestAborted);
        return TypedResults.Ok(new ImportBody(imported, items.Good.Count - imported, items.Rejected));
    }

    private static async Task<Ok<FeedbackBody>> PressAsync(IGrainFactory grains, string conversation, ThumbRequest request, HttpContext http)
    {
        var caller = Caller.Of(http);
        if (caller.KeyId is not null)
        {
            var annotator = caller.Roles.HasFlag(KeyRoles.Rate);
            request = request with { Client = annotator ? null : caller.Client, Annotator = annotator };
        }

        var receipt = await grains.Conversation(conversation).RateAsync(request, http.RequestAborted);
        var thumbs = receipt.Up switch { true => "up", false => "down", null => null };
        return TypedResults.Ok(new FeedbackBody(receipt.EventId, receipt.CompletionId, thumbs, receipt.Rater, receipt.Version, receipt.RecordedAt));
    }

    private static (string Conversation, int Number) Completion(string id) =>
        CompletionId.TryParse(id, out var conversation, out var number)
            ? (conversation, number)
            : throw new RefusedException(Refusal.NotFound, $"There is no completion '{id}'; a completion's id is in its 'id' field and looks like chatcmpl-…-1.", "completion_id");

    /// <summary>A client that names its request may send the same thumb again and again; it is recorded once. Client and
    /// rater are part of the name, so that nobody's takes the place of another's.</summary>
    private static string EventId(HttpContext http, string rater)
    {
        if (http.Request.Headers[IdempotencyKey].FirstOrDefault() is not { Length: > 0 and <= RequestLimits.Name } key)
        {
            return Guid.CreateVersion7().ToString("N");
        }

        return Caller.Of(http).Client is { } client ? $"client/{client}/{rater}/{key}" : $"{rater}/{key}";
    }
}

/// <summary>Says that a thumb is durable; <c>thumbs</c> is null when it was taken back.</summary>
internal sealed record FeedbackBody(string Id, string CompletionId, string? Thumbs, string Rater, string Version, DateTimeOffset RecordedAt);

/// <summary>What became of an import.</summary>
internal sealed record ImportBody(int Imported, int Duplicates, IReadOnlyList<RejectedItem> Rejected);
