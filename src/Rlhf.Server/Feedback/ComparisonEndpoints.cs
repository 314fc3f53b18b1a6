using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>Comparisons of replies to one prompt.</summary>
internal static class ComparisonEndpoints
{
    public static void MapComparisons(this WebApplication app)
    {
        app.MapPost("/v1/comparisons", CompareAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "createComparison", "Records a rater's order of replies to one prompt; the answer comes when it is durable.").MayRefuse(404, 409, 422, 507);
        app.MapDelete("/v1/comparisons", TakeBackAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "deleteComparison", "Takes a comparison back.").MayRefuse(400, 404, 409, 422, 507);
    }

    private static async Task<Ok<FeedbackBody>> CompareAsync(
        RequestBody<ComparisonRequest> request, [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey, HttpContext http, FeedbackDesk desk)
    {
        var body = await request.ReadAsync();
        IdempotencyKey.Check(idempotencyKey);
        ImmutableArray<ImmutableArray<string>> ranking = [.. body.Ranking.Select(tied => tied.ToImmutableArray())];
        Check(ranking);
        return TypedResults.Ok(FeedbackBody.Of(await desk.CompareAsync(
            ranking, retracts: false, body.Rater, body.Comment, [.. body.Tags ?? []], Caller.Of(http), idempotencyKey, http.RequestAborted), Caller.Of(http).SeesVersions));
    }

    private static async Task<Ok<FeedbackBody>> TakeBackAsync(
        [FromQuery(Name = "completion_id"), Required, Description("Each of the compared completions, in any order: the parameter comes several times.")] string[]? completionIds,
        [FromQuery, Required, MaxLength(RequestLimits.Name)] string? rater,
        [FromHeader(Name = IdempotencyKey.Header), MaxLength(RequestLimits.Name)] string? idempotencyKey,
        HttpContext http,
        FeedbackDesk desk)
    {
        if (!Names.AreGood(rater))
        {
            throw Refuse.Invalid($"'rater' must be {Names.Rule}.", "rater");
        }

        IdempotencyKey.Check(idempotencyKey);
        ImmutableArray<ImmutableArray<string>> compared = [.. (completionIds ?? []).Select(id => ImmutableArray.Create(id))];
        Check(compared, "completion_id");
        return TypedResults.Ok(FeedbackBody.Of(await desk.CompareAsync(compared, retracts: true, rater!, comment: null, [], Caller.Of(http), idempotencyKey, http.RequestAborted), Caller.Of(http).SeesVersions));
    }

    /// <summary>Insists on 2 to 16 completions, each of them once.</summary>
    private static void Check(ImmutableArray<ImmutableArray<string>> ranking, string field = "ranking")
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (place, tied) in ranking.Index())
        {
            if (tied.IsEmpty)
            {
                throw Refuse.Invalid($"'{field}[{place}]' is empty; each place of a ranking has a completion, or several that are tied.", $"{field}[{place}]");
            }

            foreach (var (index, id) in tied.Index())
            {
                var name = field == "ranking" ? $"{field}[{place}][{index}]" : field;
                if (!FeedbackDesk.IsCompletion(id))
                {
                    throw new RefusedException(Refusal.NotFound, $"There is no completion '{id}'; a completion's id is in its 'id' field and looks like chatcmpl-…-1.", name);
                }

                if (!seen.Add(id))
                {
                    throw Refuse.Invalid($"'{name}' is '{id}' once more; a comparison has each completion once.", name);
                }
            }
        }

        if (seen.Count is < 2 or > RequestLimits.ComparedReplies)
        {
            throw Refuse.Invalid($"'{field}' has {seen.Count} completions; a comparison has 2 to {RequestLimits.ComparedReplies}.", field);
        }
    }
}

/// <summary>A rater's order of replies to one prompt. They may be of one conversation or of several.</summary>
[Closed]
internal sealed record ComparisonRequest
{
    /// <summary>Who compares; a second order of the same replies by a rater takes the place of the first.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name), Name]
    public required string Rater { get; init; }

    /// <summary>The completions' ids, best first; those of one element are tied: <c>[["a"],["b","c"]]</c> says that a is better than b and c, which are as good as each other.</summary>
    [MinLength(1), MaxLength(RequestLimits.ComparedReplies)]
    public required IReadOnlyList<IReadOnlyList<string>> Ranking { get; init; }

    /// <summary>What the rater says to it.</summary>
    [MaxLength(RequestLimits.Comment)]
    public string? Comment { get; init; }

    /// <summary>Words to sort feedback by.</summary>
    [MaxLength(RequestLimits.Tags)]
    public IReadOnlyList<string>? Tags { get; init; }
}
