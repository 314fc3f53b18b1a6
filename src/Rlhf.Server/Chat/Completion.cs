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
    private readonly Drafting _drafting;
    private readonly bool _seesVersions;
    private readonly Func<int, ChatRequest, CancellationToken, Task<Choice>> _open;
    private readonly List<Choice> _choices = [];
    private readonly long _created;

    private Completion(CompletionRequest request, Drafting drafting, bool seesVersions, Func<int, ChatRequest, CancellationToken, Task<Choice>> open, DateTimeOffset now)
    {
        (_request, _drafting, _seesVersions, _open) = (request, drafting, seesVersions, open);
        _created = now.ToUnixTimeSeconds();
    }

    public CompletionRequest Request => _request;

    public IReadOnlyList<Choice> Choices => _choices;

    private ChatChunk First => _choices[0].First;

    /// <summary>The silo that draws the first choice.</summary>
    public string? Silo => First.Silo;

    /// <summary>The model and version that answers, or that writes the first of several drafts.</summary>
    public string Model => ModelOf(_choices[0]);

    /// <summary>Whether there may be a second draft when the first is there.</summary>
    public bool MayDraft => _request.Drafts == DraftKind.Auto && _choices.Count == 1;

    /// <summary>Whether whoever asked may not know which version wrote what.</summary>
    private bool IsBlind => _request.Drafts == DraftKind.Versions && !_seesVersions;

    private string NamedModel => IsBlind ? _request.Model.Name : Model;

    private string? NamedVersion => IsBlind ? null : First.Version;

    /// <summary>The tokens of what came so far.</summary>
    public UsageBody Usage => new(
        First.PromptTokens,
        _choices.Sum(choice => choice.Tokens),
        _choices.TrueForAll(choice => choice.ChosenFrom is null)
            ? null
            : new DrawnBody(_choices.Sum(choice => choice.ChosenFrom?.Replies ?? 1), _choices.Sum(choice => choice.ChosenFrom?.Tokens ?? choice.Tokens)),
        First.CachedTokens is { } cached && !IsBlind ? new PromptTokensBody(cached) : null);

    /// <summary>Returns when every choice has its first piece. The first choice settles the version for all, unless they are drafts of several: a
    /// publication in between must not split them.</summary>
    public static async Task<Completion> OpenAsync(IGrainFactory grains, LiveSilos silos, CompletionRequest request, Drafting drafting, bool seesVersions, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var conversation = grains.Conversation(request.ConversationId);
        var completion = new Completion(
            request, drafting, seesVersions, (index, chat, cancellation) => Choice.OpenAsync(conversation, chat, index, silos, cancellation), now);
        var versions = request.Drafts == DraftKind.Versions ? drafting.VersionsFor(request.Choices) : null;
        try
        {
            completion._choices.Add(await completion._open(0, request.ForFirst(versions?[0]), cancellationToken));
            var rest = Enumerable.Range(1, request.Choices - 1)
                .Select(index => completion._open(index, request.ForChoice(index, versions?[index] ?? completion.First.Version, completion.First.Parent), cancellationToken))
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

    /// <summary>The version that writes a choice, with its model's name.</summary>
    public string ModelOf(Choice choice) => $"{_request.Model.Name}:{choice.First.Version}";

    /// <summary>Which version wrote one of several drafts, for those who may know.</summary>
    public string? VersionOf(Choice choice) => _request.Drafts == DraftKind.Versions && _seesVersions ? choice.First.Version : null;

    /// <summary>Once the first draft is there: begins a second one where it is worth it. An answer that can't have one is whole without.</summary>
    /// <returns>The second draft, which is among the choices from now on; null for none.</returns>
    public async Task<Choice?> SecondDraftAsync(CancellationToken cancellationToken)
    {
        var first = _choices[0];
        if (!MayDraft || first is not { Unsaved: false, FinishReason: "stop" or "length" } || !await _drafting.IsWorthItAsync(First.CompletionId, cancellationToken))
        {
            return null;
        }

        try
        {
            var second = await _open(1, _request.ForChoice(1, First.Version, First.Parent), cancellationToken);
            _choices.Add(second);
            return second;
        }
        catch (RefusedException)
        {
            return null; // there is no room now
        }
    }

    /// <summary>Waits for all replies.</summary>
    public async Task<CompletionBody> ToBodyAsync(CancellationToken cancellationToken)
    {
        List<ChoiceBody> bodies = [.. await Task.WhenAll(_choices.Select(ReadAsync))];
        if (await SecondDraftAsync(cancellationToken) is { } second)
        {
            bodies.Add(await ReadAsync(second));
        }

        return new CompletionBody(First.CompletionId, "chat.completion", _created, NamedModel, bodies, Usage, _request.ConversationId, NamedVersion, First.SystemPrompt, _choices.Exists(choice => choice.Unsaved));
    }

    /// <summary>A chunk with one choice's piece, or with none and the usage.</summary>
    public ChunkBody Chunk(ChunkChoiceBody? choice, UsageBody? usage = null, bool unsaved = false) =>
        new(First.CompletionId, "chat.completion.chunk", _created, NamedModel, choice is null ? [] : [choice], usage, _request.ConversationId, NamedVersion, First.SystemPrompt, unsaved) { NamesUsage = _request.IncludeUsage };

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

        return new ChoiceBody(choice.Index, MessageBody.Of(text.ToString(), ToolCalls.Of(calls)), LogProbs(tokens), choice.FinishReason ?? "", choice.First.CompletionId, VersionOf(choice));
    }
}
