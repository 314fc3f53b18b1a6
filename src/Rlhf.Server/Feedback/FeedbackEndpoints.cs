using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Giving feedback, taking it back, and bringing in what was recorded elsewhere. Every answer comes after the ledger's.</summary>
internal static class FeedbackEndpoints
{
    public static void MapFeedback(this WebApplication app)
    {
        app.MapPost("/v1/feedback", GiveAsync).RequireAuthorization(KeyPolicies.Rate).AlsoTakes<FeedbackBatchRequest<FeedbackRequest>, FeedbackBatchBody>("FeedbackBatchRequest")
            .Describe("Feedback", "createFeedback", "Records what a rater says of a reply or a conversation, or up to 1,000 such statements; the answer comes when it is durable.").MayRefuse(404, 409, 422, 507);
        app.MapDelete("/v1/feedback", TakeBackAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "deleteFeedback", "Takes back what a rater said.").MayRefuse(400, 404, 409, 422, 507);
        app.MapPost("/v1/feedback/import", ImportAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>().WithMetadata(new RequestSizeLimitAttribute(RequestLimits.ImportBytes))
            .Describe("Feedback", "importFeedback", "Brings recorded thumbs, preferences and demonstrations in; a bad one is reported and the rest goes in. An id that is known counts as a duplicate, whatever else the item says. Where the answer is an error, what came before it may be in: send it again.").TakesBody<ImportRequest<ImportItem>>().MayRefuse(507);
    }

    private static async Task<Results<Ok<FeedbackBody>, JsonHttpResult<FeedbackBatchBody>>> GiveAsync(
        RequestBody<FeedbackRequest> request, [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey, HttpContext http, FeedbackDesk desk)
    {
        using var json = await request.ParseAsync();
        IdempotencyKey.Check(idempotencyKey);
        if (json.RootElement is { ValueKind: JsonValueKind.Object } root && RequestText.IsValid(root) && root.TryGetProperty("items", out _))
        {
            var items = RequestContract.Read<FeedbackBatchRequest<JsonElement>>(root).Items;
            return TypedResults.Json(new FeedbackBatchBody(await FeedbackBatch.GiveAsync(items, desk, http, idempotencyKey)));
        }

        var body = RequestContract.Read<FeedbackRequest>(json.RootElement);
        return TypedResults.Ok(FeedbackBody.Of(await desk.GiveAsync(body, Caller.Of(http), idempotencyKey, item: null, http.RequestAborted), Caller.Of(http).SeesVersions));
    }

    private static async Task<Ok<FeedbackBody>> TakeBackAsync(
        [FromQuery(Name = "completion_id"), Description("The completion; or else conversation_id.")] string? completionId,
        [FromQuery(Name = "conversation_id"), Description("The conversation, for what was said of it as a whole.")] string? conversationId,
        [FromQuery, Required, MaxLength(RequestLimits.Name)] string? rater,
        [FromQuery, Description("thumbs where it is missing; or accepted, rating, labels, correction, report, signal, comment.")] string? kind,
        [FromQuery, Description("For kind=signal: the signal's name.")] string? signal,
        [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey,
        HttpContext http,
        FeedbackDesk desk)
    {
        if (completionId is null or "" && conversationId is null or "" || rater is null or "")
        {
            throw Refuse.Invalid("Feedback is taken back by DELETE /v1/feedback?completion_id=…&rater=…[&kind=rating]; one of the two is missing.", rater is null or "" ? "rater" : "completion_id");
        }

        if (!Names.AreGood(rater))
        {
            throw Refuse.Invalid($"'rater' must be {Names.Rule}.", "rater");
        }

        var which = kind is null or "" ? FeedbackKind.Thumbs
            : KindName.All.TryGetValue(kind, out var known) ? known
            : throw Refuse.Invalid($"'kind' must be one of {string.Join(", ", KindName.All.Keys)}, not '{kind}'.", "kind");
        if ((which == FeedbackKind.Signal) != KindName.Signals.Contains(signal))
        {
            throw Refuse.Invalid($"'signal' must be one of {string.Join(", ", KindName.Signals)} with kind=signal, and not be there with another kind.", "signal");
        }

        IdempotencyKey.Check(idempotencyKey);
        return TypedResults.Ok(FeedbackBody.Of(await desk.TakeBackAsync(
            completionId is "" ? null : completionId, conversationId is "" ? null : conversationId, rater, which, signal, Caller.Of(http), idempotencyKey, http.RequestAborted), Caller.Of(http).SeesVersions));
    }

    private static async Task<Ok<ImportBody>> ImportAsync(RequestBody<ImportRequest<JsonElement>> request, FeedbackImport import, CancellationToken cancellationToken)
    {
        var batches = new ImportBatches(import);
        await foreach (var item in request.ReadListAsync("items", RequestLimits.ImportItems))
        {
            using (item)
            {
                await batches.AddAsync(item.RootElement, cancellationToken);
            }
        }

        return TypedResults.Ok(await batches.EndAsync(cancellationToken));
    }
}
