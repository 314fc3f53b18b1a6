using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rlhf.Contracts;
using Rlhf.Server.Errors;
using Rlhf.Server.Hosting;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>A chat request, checked.</summary>
/// <param name="Model">The model it names.</param>
/// <param name="Chat">What a conversation's grain is asked, for the first choice.</param>
/// <param name="ConversationId">The conversation it names or, for a new one, a fresh id.</param>
/// <param name="Choices">How many replies it wants.</param>
/// <param name="Stream">Whether it wants them as they come.</param>
/// <param name="IncludeUsage">Whether a stream ends with the usage.</param>
/// <param name="LogProbs">Whether it wants the tokens' log-probabilities.</param>
internal sealed partial record CompletionRequest(
    ModelName Model,
    ChatRequest Chat,
    string ConversationId,
    int Choices,
    bool Stream,
    bool IncludeUsage,
    bool LogProbs)
{
    private const int MostStops = 4;

    /// <summary>Reads and checks a body that came with a client's key.</summary>
    public static CompletionRequest Read(JsonElement json, ChatOptions options, string? client)
    {
        var body = new RequestFields(json);
        var model = ModelName.Parse(body.RequiredText("model", RequestLimits.Name));
        var most = body.Integer("max_completion_tokens", 1, int.MaxValue) ?? body.Integer("max_tokens", 1, int.MaxValue) ?? options.MaxTokens;
        body.Integer("top_logprobs", 0, 0); // the engine keeps the drawn token's probability, not its rivals'
        var (choices, bestOf) = Replies(body, options.MaxChoices);
        var sampling = new SamplingSettings(
            body.Number("temperature", 0, 2) ?? options.Temperature,
            body.Number("top_p", 0.000001, 1) ?? 1,
            (int)(body.Integer("top_k", 0, int.MaxValue) ?? 0),
            body.Integer("seed", long.MinValue, long.MaxValue),
            (int)most,
            Stops(body));
        return new CompletionRequest(
            model,
            new ChatRequest(Messages.Read(body, "messages"), sampling, model.Version, body.Text("user", RequestLimits.Name), client, bestOf),
            Conversation(body),
            choices,
            body.Flag("stream"),
            body.Find("stream_options") is { } stream && RequestFields.Of(stream, "stream_options").Flag("include_usage"),
            body.Flag("logprobs"));
    }

    /// <summary>The request for one of the choices: each gets a seed of its own, or they would all be the same.</summary>
    public ChatRequest ForChoice(int index, string? version) => Chat with
    {
        Version = version ?? Chat.Version,
        Sampling = Chat.Sampling with { Seed = unchecked(Chat.Sampling.Seed + index) },
    };

    private static (int Choices, int? BestOf) Replies(RequestFields body, int most)
    {
        var choices = (int)(body.Integer("n", 1, most) ?? 1);
        var bestOf = (int?)body.Integer("best_of", 1, most);
        return choices * (bestOf ?? 1) <= most
            ? (choices, bestOf)
            : throw Refuse.Invalid($"'n' is {choices} and 'best_of' {bestOf}, which makes {choices * bestOf} replies to draw; at most {most} may be drawn for one request.", "best_of");
    }

    private static ImmutableArray<string> Stops(RequestFields body)
    {
        ImmutableArray<string> stops = body.Find("stop") is { ValueKind: JsonValueKind.String } one
            ? [RequestFields.TextOf(one, "stop")]
            : [.. body.List("stop", MostStops).Select((stop, index) => RequestFields.TextOf(stop, $"stop[{index}]"))];
        return stops.Contains("") ? throw Refuse.Invalid("'stop' holds an empty text, which would end every reply at once.", "stop") : stops;
    }

    private static string Conversation(RequestFields body)
    {
        var named = body.Find("metadata") is { } metadata ? RequestFields.Of(metadata, "metadata").Text("conversation_id", RequestLimits.Name) : null;
        return named is null ? Guid.CreateVersion7().ToString("N")
            : ConversationIdPattern().IsMatch(named) ? named
            : throw Refuse.Invalid($"'metadata.conversation_id' must be 1 to {RequestLimits.Name} letters, digits, '.', '_', ':' or '-', not \"{named}\".", "metadata.conversation_id");
    }

    [GeneratedRegex("^[A-Za-z0-9._:-]+$")]
    private static partial Regex ConversationIdPattern();
}
