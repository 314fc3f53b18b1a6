using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>Feedback in TensorZero's shape (https://www.tensorzero.com/docs/gateway/api-reference/feedback).</summary>
internal static class TensorZeroEndpoints
{
    /// <summary>Where TensorZero's clients send it.</summary>
    public const string Path = "/feedback";

    // TensorZero has no rater; its examples put one of these among the tags.
    private static readonly string[] RaterTags = ["rater", "user_id", "user", "author"];
    private static readonly ShapeFields Fields = new("tensorzero", "metric_name", "inference_id", "episode_id", "tags");

    public static void MapTensorZero(this WebApplication app) =>
        app.MapPost(Path, GiveAsync).RequireAuthorization(KeyPolicies.Rate)
            .Describe("Feedback", "tensorZeroFeedback", "Takes feedback in TensorZero's shape: an inference is a completion, an episode a conversation.").MayRefuse(404, 409, 422, 507);

    private static async Task<Ok<TensorZeroFeedbackBody>> GiveAsync(RequestBody<TensorZeroFeedbackRequest> request, HttpContext http, ShapedFeedbackDesk desk)
    {
        var body = await request.ReadAsync();
        RequestText.Require(body.Value, "value");
        if (body.InferenceId is null == body.EpisodeId is null)
        {
            throw Refuse.Invalid("Exactly one of 'inference_id' and 'episode_id' must be given.", "inference_id");
        }

        var tags = body.Tags ?? new Dictionary<string, string>();
        var rater = RaterTags.FirstOrDefault(tags.ContainsKey);
        var shaped = new ShapedFeedback(
            body.MetricName, body.Value, body.InferenceId, body.EpisodeId, rater is null ? null : tags[rater], Comment: null, [.. tags.Where(tag => tag.Key != rater).Select(tag => $"{tag.Key}:{tag.Value}")]);
        var receipt = await desk.GiveAsync(shaped, Fields, Caller.Of(http), body.Dryrun is true, http.RequestAborted);
        return TypedResults.Ok(new TensorZeroFeedbackBody(IdOf(receipt?.EventId ?? Guid.CreateVersion7().ToString("N"))));
    }

    /// <summary>The event's id as a UUID, which is what TensorZero's clients read.</summary>
    private static Guid IdOf(string eventId) => Guid.TryParseExact(eventId, "N", out var id) ? id : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(eventId)).AsSpan(0, 16));
}

/// <summary>A metric's value for an inference or an episode.</summary>
[Closed]
internal sealed record TensorZeroFeedbackRequest
{
    /// <summary>The metric: <c>comment</c>, <c>demonstration</c>, or one that stands for a kind of feedback.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public required string MetricName { get; init; }

    /// <summary>The value: true or false, a number, or a text.</summary>
    public required JsonElement Value { get; init; }

    /// <summary>The completion.</summary>
    [MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public string? InferenceId { get; init; }

    /// <summary>Instead of it: the conversation.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public string? EpisodeId { get; init; }

    /// <summary>Words to sort feedback by. One that is called <c>rater</c>, <c>user_id</c>, <c>user</c> or <c>author</c> says who rates; the conversation's owner does where none is.</summary>
    [MaxLength(RequestLimits.Tags)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Whether it is only looked at and not recorded.</summary>
    public bool? Dryrun { get; init; }
}

/// <summary>Says that feedback is durable.</summary>
internal sealed record TensorZeroFeedbackBody(Guid FeedbackId);
