using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Keys;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>A piece of feedback in another tool's shape, taken apart.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Value">The metric's value.</param>
/// <param name="CompletionId">The completion that it is on; or else <paramref name="ConversationId"/>.</param>
/// <param name="ConversationId">The conversation that it is on.</param>
/// <param name="Rater">Who gave it; null where the request does not say.</param>
/// <param name="Comment">What is said beside it.</param>
/// <param name="Tags">Words to sort it by.</param>
internal sealed record ShapedFeedback(string Metric, JsonElement Value, string? CompletionId, string? ConversationId, string? Rater, string? Comment, IReadOnlyList<string> Tags);

/// <summary>What a tool calls the fields of <see cref="FeedbackRequest"/>, so that an error names the field that was sent.</summary>
/// <param name="Name">The tool, who is the rater where nobody else is known.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Completion">The completion.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Rater">Where the rater stands.</param>
internal sealed record ShapeFields(string Name, string Metric, string Completion, string Conversation, string Rater);

/// <summary>Takes feedback in another tool's shape: it is read as a <see cref="FeedbackRequest"/>, and goes its way.</summary>
internal sealed class ShapedFeedbackDesk(FeedbackDesk desk, MetricMap metrics)
{
    /// <summary>Records it.</summary>
    /// <param name="shaped">The feedback.</param>
    /// <param name="fields">The tool's names.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="dryRun">Whether it is only looked at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The receipt; null of a dry run.</returns>
    /// <exception cref="RefusedException">It can't be read, or can't be recorded; the field that is named is the tool's.</exception>
    public async Task<FeedbackReceipt?> GiveAsync(ShapedFeedback shaped, ShapeFields fields, Caller caller, bool dryRun, CancellationToken cancellationToken)
    {
        try
        {
            var conversation = shaped.ConversationId ?? (CompletionId.TryParse(shaped.CompletionId, out var parsed, out _) ? parsed : "");
            var rater = shaped.Rater ?? await desk.OwnerAsync(conversation, caller, cancellationToken) ?? caller.Client ?? fields.Name;
            var request = RequestContract.Read<FeedbackRequest>(JsonSerializer.SerializeToElement(Body(shaped, fields, rater)));
            if (dryRun)
            {
                await desk.CheckAsync(request, caller, cancellationToken);
                return null;
            }

            return await desk.GiveAsync(request, caller, key: null, item: null, cancellationToken, addsLabels: true);
        }
        catch (RefusedException refused) when (Renamed(refused.Param, fields) is { } name)
        {
            throw new RefusedException(refused.Refusal, refused.Message.Replace($"'{refused.Param}'", $"'{name}'", StringComparison.Ordinal), name, refused.RetryAfter);
        }
    }

    private JsonObject Body(ShapedFeedback shaped, ShapeFields fields, string rater)
    {
        var (field, value) = metrics.Read(shaped.Metric, shaped.Value, fields.Metric);
        var body = new JsonObject
        {
            ["completion_id"] = shaped.CompletionId,
            ["conversation_id"] = shaped.ConversationId,
            ["rater"] = rater,
            ["comment"] = shaped.Comment,
            ["tags"] = shaped.Tags.Count == 0 ? null : new JsonArray([.. shaped.Tags.Select(tag => (JsonNode)tag)]),
        };
        if (field == MetricMapping.Comment && shaped.Comment is not null)
        {
            throw Refuse.Invalid("'comment' is there and 'value' is a comment, too; send one of the two.", "comment");
        }

        body[field] = value;
        return body;
    }

    private static string? Renamed(string? param, ShapeFields fields) => param switch
    {
        null => null,
        "completion_id" => fields.Completion,
        "conversation_id" => fields.Conversation,
        "rater" => fields.Rater,
        "thumbs" or "accepted" or "rating" or "correction" or "report" or "signal" or "signal.name" or "signal.distance" => "value",
        _ when param == "labels" || param.StartsWith("labels.", StringComparison.Ordinal) => "value",
        _ => param,
    };
}
