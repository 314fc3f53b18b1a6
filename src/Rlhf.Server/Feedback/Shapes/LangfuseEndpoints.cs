using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>Feedback in the shape of Langfuse's scores (https://api.reference.langfuse.com). The key is the secret key, of HTTP's Basic scheme; the public key may be anything.</summary>
internal static class LangfuseEndpoints
{
    /// <summary>Where Langfuse's public API is.</summary>
    public const string Api = "/api/public";

    // Langfuse has no rater; apps put the user into the metadata.
    private static readonly string[] RaterFields = ["rater", "userId", "user_id", "user"];
    private static readonly ShapeFields Fields = new("langfuse", "name", "observationId", "traceId", "metadata");

    public static void MapLangfuse(this WebApplication app)
    {
        app.MapPost($"{Api}/scores", CreateAsync).RequireAuthorization(KeyPolicies.Rate).WithMetadata(new KeyAsPassword())
            .Describe("Feedback", "langfuseCreateScore", "Takes feedback in the shape of Langfuse's scores: an observation is a completion, a trace a completion or a conversation, a session a conversation.")
            .MayRefuse(404, 409, 422, 507);
        app.MapGet($"{Api}/scores/{{id}}", GetAsync).RequireAuthorization(KeyPolicies.Rate).WithMetadata(new KeyAsPassword())
            .Describe("Feedback", "langfuseGetScore", "Shows a score as it stands.").MayRefuse(404);
        app.MapDelete($"{Api}/scores/{{id}}", DeleteAsync).RequireAuthorization(KeyPolicies.Rate).WithMetadata(new KeyAsPassword())
            .Describe("Feedback", "langfuseDeleteScore", "Takes a score back.").MayRefuse(404, 409, 422, 507);
    }

    private static async Task<Ok<LangfuseCreatedBody>> CreateAsync(RequestBody<LangfuseScoreRequest> request, HttpContext http, ShapedFeedbackDesk desk, MetricMap metrics)
    {
        var body = await request.ReadAsync();
        RequestText.Require(body.Value, "value");
        var (completion, conversation) = body.Subject();
        var (rater, tags) = Read(body.Metadata);
        if (body.Environment is { } environment)
        {
            tags.Add($"environment:{environment}");
        }

        var receipt = await desk.GiveAsync(
            new ShapedFeedback(body.Name, body.TypedValue(), completion, conversation, rater, body.Comment, tags), Fields, Caller.Of(http), dryRun: false, http.RequestAborted);
        return TypedResults.Ok(new LangfuseCreatedBody(ScoreId.Of(receipt!, body.Name, metrics.QuestionOf(body.Name)).ToString()));
    }

    private static async Task<Ok<LangfuseScoreBody>> GetAsync([Description("The score's id, as it was answered.")] string id, HttpContext http, FeedbackDesk desk)
    {
        var (score, receipt) = await FindAsync(id, http, desk);
        return TypedResults.Ok(LangfuseScoreBody.Of(id, score, receipt));
    }

    private static async Task<Ok<LangfuseDeletedBody>> DeleteAsync([Description("The score's id, as it was answered.")] string id, HttpContext http, FeedbackDesk desk)
    {
        var (score, receipt) = await FindAsync(id, http, desk);
        await desk.TakeBackAsync(score, receipt, Caller.Of(http), http.RequestAborted);
        return TypedResults.Ok(new LangfuseDeletedBody("The score is deleted."));
    }

    private static async Task<(ScoreId Score, FeedbackReceipt Receipt)> FindAsync(string id, HttpContext http, FeedbackDesk desk) =>
        ScoreId.Read(id) is { } score && await desk.FindAsync(score, Caller.Of(http), http.RequestAborted) is { } receipt
            ? (score, receipt)
            : throw new RefusedException(Refusal.NotFound, $"There is no score '{RequestText.Show(id)}'; a score's id is in the answer that created it.", "scoreId");

    private static (string? Rater, List<string> Tags) Read(IReadOnlyDictionary<string, JsonElement>? metadata)
    {
        var tags = new List<string>();
        string? rater = null;
        foreach (var (name, value) in metadata ?? new Dictionary<string, JsonElement>())
        {
            RequestText.Require(value, $"metadata.{name}");
            var text = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
                _ => throw Refuse.Invalid($"'metadata.{name}' must be a text, a number, true or false, to be a tag; it is {RequestText.Show(value)}.", $"metadata.{name}"),
            };
            if (rater is null && RaterFields.Contains(name))
            {
                rater = text;
            }
            else
            {
                tags.Add($"{name}:{text}");
            }
        }

        return (rater, tags);
    }
}

/// <summary>A score of a trace, an observation or a session.</summary>
[Closed]
[Unsupported("configId")]
[Unsupported("queueId")]
[Unsupported("datasetRunId")]
internal sealed record LangfuseScoreRequest
{
    private const string Numeric = "NUMERIC";
    private const string Categorical = "CATEGORICAL";
    private const string Boolean = "BOOLEAN";

    /// <summary>Taken, and of no use here: a later score of one name by one rater on one reply takes the earlier one's place, and the answer has the id that the score is found by.</summary>
    [MaxLength(RequestLimits.Name)]
    public string? Id { get; init; }

    /// <summary>The score's name, which stands for a kind of feedback.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public required string Name { get; init; }

    /// <summary>A number, also for <c>BOOLEAN</c> (1 or 0), or a text for <c>CATEGORICAL</c>.</summary>
    public required JsonElement Value { get; init; }

    /// <summary>What the value is; a number is <c>NUMERIC</c> and a text <c>CATEGORICAL</c> where it is missing.</summary>
    [JsonPropertyName("dataType"), AllowedValues(Numeric, Categorical, Boolean)]
    public string? DataType { get; init; }

    /// <summary>A conversation, or a completion.</summary>
    [JsonPropertyName("traceId"), MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public string? TraceId { get; init; }

    /// <summary>A completion.</summary>
    [JsonPropertyName("observationId"), MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public string? ObservationId { get; init; }

    /// <summary>A conversation.</summary>
    [JsonPropertyName("sessionId"), MinLength(1), MaxLength(RequestLimits.Name)]
    public string? SessionId { get; init; }

    /// <summary>What is said beside the value.</summary>
    [MaxLength(RequestLimits.Comment)]
    public string? Comment { get; init; }

    /// <summary>Becomes a tag.</summary>
    [MaxLength(RequestLimits.Name)]
    public string? Environment { get; init; }

    /// <summary>Becomes tags. One that is called <c>rater</c>, <c>userId</c>, <c>user_id</c> or <c>user</c> says who rates; the conversation's owner does where none is.</summary>
    [MaxLength(RequestLimits.Tags)]
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }

    /// <summary>What the score is on.</summary>
    /// <exception cref="RefusedException">It names nothing, or things that don't belong together.</exception>
    public (string? CompletionId, string? ConversationId) Subject()
    {
        var traceIsCompletion = CompletionId.TryParse(TraceId, out var ofTrace, out _);
        if (SessionId is not null && (TraceId ?? ObservationId) is not null)
        {
            throw Refuse.Invalid("'sessionId' is a whole conversation; leave it out beside 'traceId' or 'observationId'.", "sessionId");
        }

        if (ObservationId is not null)
        {
            CompletionId.TryParse(ObservationId, out var ofObservation, out _);
            return TraceId is null || TraceId == ObservationId || TraceId == ofObservation || (traceIsCompletion && ofTrace == ofObservation)
                ? (ObservationId, null)
                : throw Refuse.Invalid($"'observationId' is no completion of '{TraceId}', which 'traceId' names.", "observationId");
        }

        return traceIsCompletion ? (TraceId, null)
            : (null, TraceId ?? SessionId ?? throw Refuse.Invalid("'traceId' is missing; it must be a conversation or a completion, or else 'observationId' a completion, or 'sessionId' a conversation.", "traceId"));
    }

    /// <summary>The value as its type says that it is to be read.</summary>
    /// <exception cref="RefusedException">It is not of its type.</exception>
    public JsonElement TypedValue() => (DataType, Value.ValueKind) switch
    {
        (Boolean, JsonValueKind.Number) when Value.GetDouble() is 0 or 1 => JsonSerializer.SerializeToElement(Value.GetDouble() is 1),
        (Boolean, _) => throw Refuse.Invalid($"'value' must be 1 or 0 for dataType BOOLEAN, not {RequestText.Show(Value)}.", "value"),
        (Numeric, not JsonValueKind.Number) => throw Refuse.Invalid($"'value' must be a number for dataType NUMERIC, not {RequestText.Show(Value)}.", "value"),
        (Categorical, not JsonValueKind.String) => throw Refuse.Invalid($"'value' must be a text for dataType CATEGORICAL, not {RequestText.Show(Value)}.", "value"),
        (null, not (JsonValueKind.Number or JsonValueKind.String)) => throw Refuse.Invalid($"'value' must be a number or a text, not {RequestText.Show(Value)}.", "value"),
        _ => Value,
    };
}

/// <summary>Says which score it became.</summary>
internal sealed record LangfuseCreatedBody(string Id);

/// <summary>Says that a score is gone.</summary>
internal sealed record LangfuseDeletedBody(string Message);

/// <summary>A score as it stands.</summary>
internal sealed record LangfuseScoreBody(
    string Id,
    string Name,
    [property: JsonPropertyName("traceId")] string TraceId,
    [property: JsonPropertyName("observationId")] string? ObservationId,
    [property: JsonPropertyName("dataType")] string DataType,
    double? Value,
    [property: JsonPropertyName("stringValue")] string? StringValue,
    string? Comment,
    string Source,
    DateTimeOffset Timestamp)
{
    public static LangfuseScoreBody Of(string id, ScoreId score, FeedbackReceipt receipt)
    {
        var (type, value, text) = ValueOf(score, receipt);
        return new LangfuseScoreBody(id, score.Name, score.ConversationId, score.CompletionId, type, value, text, receipt.Kind == FeedbackKind.Comment ? null : receipt.Comment, "API", receipt.RecordedAt);
    }

    private static (string Type, double? Value, string? Text) ValueOf(ScoreId score, FeedbackReceipt receipt) => receipt.Kind switch
    {
        FeedbackKind.Thumbs or FeedbackKind.Accepted => (receipt.Up ?? receipt.Content?.Positive) is true ? ("BOOLEAN", 1, "True") : ("BOOLEAN", 0, "False"),
        FeedbackKind.Rating => ("NUMERIC", receipt.Content?.Stars, null),
        FeedbackKind.Signal => receipt.Content?.Distance is { } distance ? ("NUMERIC", distance, null) : ("BOOLEAN", 1, "True"),
        FeedbackKind.Labels => ("CATEGORICAL", null, receipt.Content?.Labels?.FirstOrDefault(label => label.Question == score.Part)?.Answer),
        FeedbackKind.Comment => ("CATEGORICAL", null, receipt.Comment),
        _ => ("CATEGORICAL", null, receipt.Content?.Text),
    };
}
