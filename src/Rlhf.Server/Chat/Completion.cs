using System.Text;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Chat;
using Rlhf.Server.Hosting;

namespace Rlhf.Server.Chat;

/// <summary>A completion while its choices are drawn.</summary>
internal sealed class Completion : IAsyncDisposable
{
    private readonly CompletionRequest _request;
    private readonly List<Choice> _choices = [];
    private readonly long _created;

    private Completion(CompletionRequest request, DateTimeOffset now)
    {
        _request = request;
        _created = now.ToUnixTimeSeconds();
    }

    public CompletionRequest Request => _request;

    public IReadOnlyList<Choice> Choices => _choices;

    private ChatChunk First => _choices[0].First;

    /// <summary>The silo that draws the first choice.</summary>
    public string? Silo => First.Silo;

    /// <summary>The model and version that answers.</summary>
    public string Model => $"{_request.Model.Name}:{First.Version}";

    /// <summary>The tokens of what came so far.</summary>
    public UsageBody Usage => new(
        First.PromptTokens,
        _choices.Sum(choice => choice.Tokens),
        _choices.TrueForAll(choice => choice.ChosenFrom is null)
            ? null
            : new DrawnBody(_choices.Sum(choice => choice.ChosenFrom?.Replies ?? 1), _choices.Sum(choice => choice.ChosenFrom?.Tokens ?? choice.Tokens)),
        First.CachedTokens is { } cached ? new PromptTokensBody(cached) : null);

    /// <summary>Returns when every choice has its first piece. The first choice settles the version for all: a
    /// publication in between must not split them.</summary>
    public static async Task<Completion> OpenAsync(IGrainFactory grains, LiveSilos silos, CompletionRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var conversation = grains.Conversation(request.ConversationId);
        var completion = new Completion(request, now);
        try
        {
            completion._choices.Add(await Choice.OpenAsync(conversation, request.Chat, 0, silos, cancellationToken));
            var rest = Enumerable.Range(1, request.Choices - 1)
                .Select(index => Choice.OpenAsync(conversation, request.ForChoice(index, completion.First.Version, completion.First.Parent), index, silos, cancellationToken))
                .ToList();
            await ((Task)Task.WhenAll(rest)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // all must have ended before any may be given up
            completion._choices.AddRange(rest.Where(open => open.IsCompletedSuccessfully).Select(open => open.Result));
            await Task.WhenAll(rest);
            return completion;
        }
        catch
        {
            await completion.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for all replies.</summary>
    public async Task<CompletionBody> ToBodyAsync()
    {
        var bodies = await Task.WhenAll(_choices.Select(ReadAsync));
        return new CompletionBody(First.CompletionId, "chat.completion", _created, Model, bodies, Usage, _request.ConversationId, First.Version, First.SystemPrompt, _choices.Exists(choice => choice.Unsaved));
    }

    /// <summary>A chunk with one choice's piece, or with none and the usage.</summary>
    public ChunkBody Chunk(ChunkChoiceBody? choice, UsageBody? usage = null, bool unsaved = false) =>
        new(First.CompletionId, "chat.completion.chunk", _created, Model, choice is null ? [] : [choice], usage, _request.ConversationId, First.Version, First.SystemPrompt, unsaved) { NamesUsage = _request.IncludeUsage };

    /// <summary>The pieces' log-probabilities, if they were asked for.</summary>
    public LogProbsBody? LogProbs(IReadOnlyList<SampledToken> tokens) => !_request.LogProbs || tokens.Any(token => float.IsNaN(token.LogProb)) ? null : new LogProbsBody(
        [.. tokens.Where(token => token.Text.Length > 0).Select(token => new TokenLogProbBody(token.Text, AtLeast(token.LogProb), Bytes(token.Text), [.. (token.Likeliest ?? []).Select(Body)]))]);

    public async ValueTask DisposeAsync()
    {
        foreach (var choice in _choices)
        {
            await choice.DisposeAsync();
        }
    }

    private static LikelyTokenBody Body(LikelyToken token) => new(token.Text, AtLeast(token.LogProb), Bytes(token.Text));

    /// <summary>By this number OpenAI says that a token is out of question. JSON has none for minus infinity.</summary>
    private static float AtLeast(float logProb) => Math.Max(logProb, -9999);

    private static IReadOnlyList<int> Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)];

    private async Task<ChoiceBody> ReadAsync(Choice choice)
    {
        var text = new StringBuilder();
        var tokens = new List<SampledToken>();
        var calls = new List<ToolCallDelta>();
        await foreach (var chunk in choice.ChunksAsync())
        {
            text.Append(chunk.Text);
            tokens.AddRange(chunk.Tokens);
            calls.AddRange(chunk.ToolCalls ?? []);
        }

        return new ChoiceBody(choice.Index, MessageBody.Of(text.ToString(), ToolCalls.Of(calls)), LogProbs(tokens), choice.FinishReason ?? "", choice.First.CompletionId);
    }
}
