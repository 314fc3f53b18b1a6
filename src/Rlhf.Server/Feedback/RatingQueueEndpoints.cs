using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Rlhf.Contracts;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>What a rater should be asked about next.</summary>
internal static class RatingQueueEndpoints
{
    private const int Listed = 10;

    public static void MapRatingQueue(this WebApplication app) =>
        app.MapGet("/v1/queue", ListAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "listQueue", "Lists replies among the newest 100 that a rater has not judged, those worth most first: raters disagree, disliked and not corrected, spoken of by the fewest. A key sees its own client's; one of the role operate, all.").MayRefuse(400);

    private static async Task<Ok<QueueBody>> ListAsync(
        [FromQuery, Required, MaxLength(RequestLimits.Name), Description("Who is to be asked.")] string? rater,
        [FromQuery, Range(1, RatingQueue.Newest), Description("The most to list; 10 where it is missing.")] string? limit,
        HttpContext http,
        RatingQueue queue)
    {
        if (!Names.AreGood(rater))
        {
            throw Refuse.Invalid($"'rater' must be {Names.Rule}.", "rater");
        }

        var most = limit is null ? Listed
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is >= 1 and <= RatingQueue.Newest ? asked
            : throw Refuse.Invalid($"'limit' must be a whole number from 1 to {RatingQueue.Newest}, not '{limit}'.", "limit");
        var client = http.User.IsInRole(KeyPolicies.Operate) ? null : Caller.Of(http).Client;
        var waiting = await queue.OfAsync(client, rater!, http.RequestAborted);
        return TypedResults.Ok(new QueueBody("list", [.. waiting.Take(most).Select(QueueItemBody.Of)], waiting.Count));
    }
}

/// <summary>What waits for a rater, those worth most first.</summary>
/// <param name="Object"><c>list</c>.</param>
/// <param name="Data">The replies.</param>
/// <param name="Waiting">How many there are.</param>
internal sealed record QueueBody(string Object, IReadOnlyList<QueueItemBody> Data, int Waiting);

/// <summary>A reply that waits for judgements: <c>reason</c> is <c>disagreement</c>, <c>correction_wanted</c> or <c>unrated</c>.</summary>
internal sealed record QueueItemBody(string CompletionId, string Reason, IReadOnlyList<StoredMessageBody> Messages, string Reply, int Liked, int Disliked)
{
    public static QueueItemBody Of(QueuedReply reply) => new(
        reply.CompletionId,
        reply.Why switch { QueueReason.Disagreement => "disagreement", QueueReason.CorrectionWanted => "correction_wanted", _ => "unrated" },
        [.. reply.Turn.Messages.Where(message => message.Role != ChatMessage.Tools).Select(StoredMessageBody.Of)],
        reply.Turn.Reply,
        reply.Liked,
        reply.Disliked);
}
