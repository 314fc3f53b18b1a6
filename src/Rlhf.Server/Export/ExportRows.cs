using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Server.Export;

/// <summary>Feedback as lines of the formats that trainers read: TRL's conversational preference and unpaired preference formats and OpenAI's chat format.
/// Beside their own fields a line has <c>id</c>, <c>group</c>, <c>rater</c>, <c>kind</c>, <c>version</c>, <c>tags</c> and <c>at</c>, which trainers pass over and
/// an import reads.</summary>
internal static class ExportRows
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The lines of a statement.</summary>
    public static IEnumerable<string> Of(FeedbackEvent said, ExportFormat format) => format switch
    {
        ExportFormat.Thumbs => ThumbOf(said) is { } up ? [Line(said, NameOf(said), ("prompt", Messages(said.Messages)), ("completion", Reply(said.Reply)), ("label", up))] : [],
        ExportFormat.Preferences => Pairs(said),
        _ => Demonstrated(said) is { } reply ? [Line(said, said.IsDemonstration ? NameOf(said) : $"{NameOf(said)}/sft", ("messages", new JsonArray([.. Messages(said.Messages).Select(message => message!.DeepClone()), Message("assistant", reply)])))] : [],
    };

    /// <summary>An event's name, by which an import knows it again.</summary>
    private static string NameOf(FeedbackEvent said) => said.Id.StartsWith(ImportedFeedback.Prefix, StringComparison.Ordinal) ? said.Id[ImportedFeedback.Prefix.Length..] : said.Id;

    /// <summary>A thumb up against a thumb down.</summary>
    public static string OfThumbs(FeedbackEvent up, FeedbackEvent down) => Line(
        up, $"{NameOf(up)}/{NameOf(down)}", ("prompt", Messages(up.Messages)), ("chosen", Reply(up.Reply)), ("rejected", Reply(down.Reply)));

    private static bool? ThumbOf(FeedbackEvent said) => said.Kind is FeedbackKind.Thumbs or FeedbackKind.Accepted ? said.Up ?? said.Content?.Positive : null;

    private static string? Demonstrated(FeedbackEvent said) => said.Kind == FeedbackKind.Correction ? said.Content?.Text : ThumbOf(said) is true ? said.Reply : null;

    private static IEnumerable<string> Pairs(FeedbackEvent said)
    {
        (string Text, int Rank)[] replies = said.Content switch
        {
            { Text: { } corrected } when said is { Kind: FeedbackKind.Correction, IsDemonstration: false } => [(corrected, 1), (said.Reply, 2)],
            { Rank: { } rank, Others: { } others } when said.Kind == FeedbackKind.Comparison => [(said.Reply, rank), .. others.Select(other => (other.Reply, other.Rank))],
            _ => [],
        };
        var several = replies.Length > 2;
        return from better in replies.Index()
               from worse in replies.Index()
               where better.Item.Rank < worse.Item.Rank && better.Item.Text != worse.Item.Text
               select Line(
                   said,
                   several ? $"{NameOf(said)}/{better.Index + 1}-{worse.Index + 1}" : NameOf(said),
                   ("prompt", Messages(said.Messages)),
                   ("chosen", Reply(better.Item.Text)),
                   ("rejected", Reply(worse.Item.Text)));
    }

    private static string Line(FeedbackEvent said, string id, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var line = new JsonObject();
        foreach (var (name, value) in fields)
        {
            line[name] = value;
        }

        if (said.Messages is [{ Role: ChatMessage.Tools, Content: var tools }, ..])
        {
            line["tools"] = JsonNode.Parse(tools);
        }

        line["id"] = id;
        line["group"] = said.Group;
        line["rater"] = said.Rater;
        line["kind"] = KindName.Of(said.Kind);
        line["version"] = said.Version;
        line["tags"] = new JsonArray([.. said.Tags.Select(tag => JsonValue.Create(tag))]);
        line["at"] = said.At.UtcDateTime.ToString("O");
        return line.ToJsonString(Json);
    }

    private static JsonArray Reply(string text) => [Message("assistant", text)];

    private static JsonArray Messages(ImmutableArray<ChatMessage> messages) =>
        [.. messages.Where(message => message.Role != ChatMessage.Tools).Select(message => Message(message.Role, message.Content, message.ToolCalls, message.ToolCallId))];

    private static JsonObject Message(string role, string content, string? toolCalls = null, string? toolCallId = null)
    {
        var message = new JsonObject { ["role"] = role, ["content"] = content };
        if (toolCalls is not null)
        {
            message["tool_calls"] = JsonNode.Parse(toolCalls);
        }

        if (toolCallId is not null)
        {
            message["tool_call_id"] = toolCallId;
        }

        return message;
    }
}
