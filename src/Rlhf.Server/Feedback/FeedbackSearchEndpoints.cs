using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;
using Rlhf.Storage;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Rlhf.Server.Feedback;

/// <summary>Looking through all feedback, which is an operator's.</summary>
internal static class FeedbackSearchEndpoints
{
    private const int MostListed = 1000;
    private const int Listed = 50;

    public static void MapFeedbackSearch(this WebApplication app)
    {
        app.MapGet("/v1/feedback", ListAsync).RequireAuthorization(KeyPolicies.Operate)
            .Describe("Feedback", "listFeedback", "Lists the feedback that meets everything that is asked, newest first. One request looks through at most 20,000 events: next_before is there while there are older ones.").MayRefuse(400);
        app.MapGet("/v1/feedback/export", ExportAsync).RequireAuthorization(KeyPolicies.Operate).AddEndpointFilter<AuditFilter>()
            .Describe("Feedback", "exportFeedbackEvents", "Sends every event that meets what is asked as JSON lines, oldest first, what was taken back later among them.").Produces<string>(contentType: "application/jsonl").MayRefuse(400);
    }

    private static async Task<Ok<FeedbackListBody>> ListAsync(
        [FromQuery, Description("thumbs, accepted, rating, labels, correction, report, signal, comment, comparison or retraction.")] string? kind,
        [FromQuery, MaxLength(RequestLimits.Name)] string? rater,
        [FromQuery, MaxLength(RequestLimits.Name), Description("Whose key it came with.")] string? client,
        [FromQuery, MaxLength(RequestLimits.Name), Description("The version that wrote the reply.")] string? version,
        [FromQuery(Name = "conversation_id"), MaxLength(RequestLimits.Name)] string? conversation,
        [FromQuery, MaxLength(1000), Description("A text within the prompt, the reply or what was said of it, whatever its case.")] string? text,
        [FromQuery, Range(1, MostListed), Description("The most to list; 50 where it is missing.")] string? limit,
        [FromQuery, Description("The sequence that they come before: the next_before of the page before.")] string? before,
        HttpContext http,
        FeedbackSearch search)
    {
        _ = (kind, rater, client, version, conversation, text); // described here, read together
        var filter = FeedbackFilter.Of(http.Request.Query);
        var most = limit is null ? Listed : (int)Whole(limit, "limit", MostListed);
        var (found, next) = await search.NewestAsync(filter, before is null ? null : Whole(before, "before", long.MaxValue), most, http.RequestAborted);
        return TypedResults.Ok(new FeedbackListBody("list", [.. found.Select(FeedbackEntryBody.Of)], next));
    }

    private static async Task<EmptyHttpResult> ExportAsync(
        [FromQuery] string? kind,
        [FromQuery, MaxLength(RequestLimits.Name)] string? rater,
        [FromQuery, MaxLength(RequestLimits.Name)] string? client,
        [FromQuery, MaxLength(RequestLimits.Name)] string? version,
        [FromQuery(Name = "conversation_id"), MaxLength(RequestLimits.Name)] string? conversation,
        [FromQuery, MaxLength(1000)] string? text,
        HttpContext http,
        FeedbackSearch search,
        IOptions<JsonOptions> json)
    {
        _ = (kind, rater, client, version, conversation, text);
        var filter = FeedbackFilter.Of(http.Request.Query);
        http.Response.ContentType = "application/jsonl";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"feedback.jsonl\"";
        http.Response.Headers.CacheControl = "no-store";
        await foreach (var entry in search.AllAsync(filter, http.RequestAborted))
        {
            await JsonSerializer.SerializeAsync(http.Response.Body, FeedbackEntryBody.Of(entry), json.Value.SerializerOptions, http.RequestAborted);
            await http.Response.Body.WriteAsync("\n"u8.ToArray(), http.RequestAborted);
        }

        return TypedResults.Empty;
    }

    private static long Whole(string text, string field, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
            ? value
            : throw Refuse.Invalid(most == long.MaxValue ? $"'{field}' must be a whole number from 1 on, not '{text}'." : $"'{field}' must be a whole number from 1 to {most:N0}, not '{text}'.", field);
}

/// <summary>Feedback, newest first. <c>next_before</c> is null where nothing is older.</summary>
internal sealed record FeedbackListBody(string Object, IReadOnlyList<FeedbackEntryBody> Data, long? NextBefore);

/// <summary>A piece of feedback with the reply that it is on, and what that answered.</summary>
/// <param name="Sequence">Its place in the ledger.</param>
/// <param name="Client">Whose key it came with; null where none was needed.</param>
/// <param name="Said">What was said.</param>
/// <param name="Messages">What the model was shown.</param>
/// <param name="Reply">What it answered.</param>
internal sealed record FeedbackEntryBody(long Sequence, string? Client, FeedbackBody Said, IReadOnlyList<StoredMessageBody> Messages, string Reply)
{
    public static FeedbackEntryBody Of(LedgerEntry entry) => new(
        entry.Sequence, entry.Event.Client, FeedbackBody.Of(Contracts.FeedbackReceipt.Of(entry.Event), seesVersions: true), [.. entry.Event.Messages.Select(StoredMessageBody.Of)], entry.Event.Reply);
}
