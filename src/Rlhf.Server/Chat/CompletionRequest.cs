using System.Collections.Immutable;
using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
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
/// <param name="Drafts">Whether its choices are drafts to compare, and of which kind.</param>
internal sealed record CompletionRequest(
    ModelName Model,
    ChatRequest Chat,
    string ConversationId,
    int Choices,
    bool Stream,
    bool IncludeUsage,
    bool LogProbs,
    DraftKind Drafts = DraftKind.None)
{
    // What OpenAI counts before it has read a prompt: https://platform.openai.com/docs/guides/rate-limits
    private const int CharactersAToken = 4;

    private readonly string _set = Guid.CreateVersion7().ToString("N");

    /// <summary>About the most tokens that it may take: its replies' at their longest, and as many as four characters of the dialogue are one each.</summary>
    public long MostTokens => ((long)Chat.Sampling.MaxTokens * (Drafts == DraftKind.Auto ? 2 : Choices) * (Chat.BestOf ?? 1)) + (Chat.Messages.Sum(message => (long)message.Content.Length) / CharactersAToken);

    /// <summary>Checks what its fields don't show each by itself.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="options">What holds where the body says nothing.</param>
    /// <param name="client">Whose key the request came with; null where none is needed.</param>
    public static CompletionRequest Of(ChatCompletionRequest body, ChatOptions options, string? client)
    {
        RequireTogether(body);
        var model = ModelName.Parse(body.Model);
        var continuation = Continuation.Of(body.Metadata);
        var drafts = DraftsOf(body, model);
        var (choices, bestOf) = Replies(drafts == DraftKind.None ? body : body with { N = body.N ?? 2 }, options.MaxChoices);
        var messages = RequestMessage.ToChat(body.Messages);
        if (!continuation.ServerHistory)
        {
            ToolResults.Require(messages); // otherwise what they answer may be stored
        }

        var tools = ToolChoice.Of(body);
        var sampling = new SamplingSettings(
            body.Temperature ?? options.Temperature,
            body.TopP ?? 1,
            body.TopK ?? 0,
            body.Seed,
            body.MaxCompletionTokens ?? body.MaxTokens ?? options.MaxTokens,
            Stops(body),
            Biases(body),
            body.FrequencyPenalty ?? 0,
            body.PresencePenalty ?? 0,
            body.TopLogprobs ?? 0,
            Format(body),
            tools?.Settings);
        return new CompletionRequest(
            model,
            new ChatRequest(
                tools is null ? messages : messages.Insert(0, tools.Shown), sampling, model.Version, body.User, client, bestOf,
                Unstored: body.Store is false, ServerHistory: continuation.ServerHistory, Parent: continuation.Parent),
            continuation.ConversationId,
            drafts == DraftKind.Auto ? 1 : choices,
            body.Stream is true,
            body.StreamOptions?.IncludeUsage is true,
            body.Logprobs is true,
            drafts);
    }

    /// <summary>The request for the first choice.</summary>
    /// <param name="version">The version that is to answer; null leaves it to the conversation, or is the one that the request names.</param>
    public ChatRequest ForFirst(string? version) => ForChoice(0, version, parent: null);

    /// <summary>The request for one of the choices: each gets a seed of its own, or they would all be the same, and goes on from where the first one does.</summary>
    public ChatRequest ForChoice(int index, string? version, int? parent) => Chat with
    {
        Parent = parent ?? Chat.Parent,
        Version = version ?? Chat.Version,
        Sampling = Chat.Sampling with { Seed = unchecked(Chat.Sampling.Seed + index) },
        Draft = Drafts == DraftKind.None ? null : new Draft(_set, index, Blind: Drafts == DraftKind.Versions),
    };

    private static DraftKind DraftsOf(ChatCompletionRequest body, ModelName model)
    {
        const string field = "metadata.draft";
        var kind = body.Metadata?.Draft switch { MetadataRequest.OfVersions => DraftKind.Versions, MetadataRequest.Automatic => DraftKind.Auto, _ => DraftKind.None };
        return kind == DraftKind.None ? kind
            : body.Store is false ? throw Refuse.Invalid($"'{field}' is for replies that are rated, and with 'store' false nothing of them is kept; leave out one of the two.", field)
            : kind == DraftKind.Versions && model.Version is not null ? throw Refuse.Invalid($"'{field}' is \"versions\", and 'model' names one version, '{model}'; name the model alone.", field)
            : kind == DraftKind.Versions && body.N is 1 ? throw Refuse.Invalid($"'{field}' is \"versions\", and 'n' is 1; drafts are two at least.", "n")
            : kind == DraftKind.Auto && body.N > 1 ? throw Refuse.Invalid($"'{field}' is \"auto\", which settles how many choices there are, and 'n' is {body.N}; leave out one of the two.", "n")
            : kind;
    }

    private static void RequireTogether(ChatCompletionRequest body)
    {
        if (body.TopLogprobs > 0 && body.Logprobs is not true)
        {
            throw Refuse.Invalid($"'top_logprobs' is {body.TopLogprobs}, and 'logprobs' must be true for that.", "top_logprobs");
        }

        if (body.StreamOptions is not null && body.Stream is not true)
        {
            throw Refuse.Invalid("'stream_options' is only for streams: 'stream' must be true for that.", "stream_options");
        }
    }

    private static ImmutableDictionary<int, double>? Biases(ChatCompletionRequest body)
    {
        if (body.LogitBias is not { Count: > 0 } biases)
        {
            return null;
        }

        var byId = ImmutableDictionary.CreateBuilder<int, double>();
        foreach (var (token, bias) in biases)
        {
            if (!int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || (token.Length > 1 && token[0] == '0'))
            {
                throw Refuse.Invalid($"'logit_bias' must name tokens by their ids, such as \"42\", not \"{(token.Length <= 20 ? token : token[..20] + "…")}\".", "logit_bias");
            }

            byId[id] = bias;
        }

        return byId.ToImmutable();
    }

    private static (int Choices, int? BestOf) Replies(ChatCompletionRequest body, int most)
    {
        var (choices, bestOf) = (AtMost(body.N, most, "n") ?? 1, AtMost(body.BestOf, most, "best_of"));
        return choices * (bestOf ?? 1) <= most
            ? (choices, bestOf)
            : throw Refuse.Invalid($"'n' is {choices} and 'best_of' {bestOf}, which makes {choices * bestOf} replies to draw; at most {most} may be drawn for one request.", "best_of");
    }

    private static int? AtMost(int? replies, int most, string name) =>
        replies is null || replies <= most ? replies : throw Refuse.Invalid($"'{name}' must be a whole number from 1 to {most}, not {replies}.", name);

    private static string? Format(ChatCompletionRequest body) => body.ResponseFormat?.ToFormat() is not { } format ? null
        : body.Stop is { Count: > 0 } ? throw Refuse.Invalid("'stop' can't be given beside a 'response_format' of JSON, which it would cut short; leave it out.", "stop")
        : format;

    private static ImmutableArray<string> Stops(ChatCompletionRequest body) =>
        body.Stop?.Contains("") is true ? throw Refuse.Invalid("'stop' holds an empty text, which would end every reply at once.", "stop")
        : body.Stop?.FirstOrDefault(text => text.Length > RequestLimits.Stop) is { } tooLong ? throw Refuse.Invalid($"'stop' holds a text of {tooLong.Length:N0} characters; at most {RequestLimits.Stop:N0} are allowed.", "stop")
        : [.. body.Stop ?? []];
}
