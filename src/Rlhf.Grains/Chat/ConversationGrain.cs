using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Placement;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Serving;
using Rlhf.Grains.SystemPrompts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <inheritdoc cref="IConversationGrain"/>
/// <remarks>Turns and feedback are rows, read once when the grain wakes; only whose it is is grain state. A conversation
/// stays with the version that answered it last for as long as that one has a share. A new one is placed at random: Orleans' default goes by
/// figures of the silos that are seconds old, and brings a whole burst of new conversations to the one that had least to do.</remarks>
[GrainType(RoleGrains.ConversationType)]
[RandomPlacement]
public sealed partial class ConversationGrain(
    [PersistentState("conversation")] IPersistentState<ConversationState> header,
    ITurnStore turns,
    IFeedbackLedger ledger,
    IConversationIndex index,
    CatalogCache catalog,
    Replica replica,
    RepliesUnderWay replies,
    Moderators moderators,
    RewardScoring rewards,
    SystemPromptCache systemPrompts,
    IOptions<FeedbackOptions> feedback,
    TimeProvider time) : Grain, IConversationGrain
{
    private readonly Attempts _attempts = new();
    private readonly Succession _succession = new(time);
    private Task _lastWrite = Task.CompletedTask;
    private string? _version;
    private int _lastNumber;
    private int _underWay;
    private bool _waits;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var stored = await turns.ReadAsync(Id, cancellationToken);
        _version = stored.LastOrDefault(turn => turn.Draft is not { Blind: true })?.Version; // a draft is no reason to stay with its version
        _lastNumber = Math.Max(header.State.LastAbandoned, stored.LastNumber);
        foreach (var entry in await ledger.ReadConversationAsync(Id, cancellationToken))
        {
            Remember(entry.Event, entry.Sequence);
        }

        if (header.State.Erased)
        {
            await FinishErasureAsync(cancellationToken);
        }
    }

    /// <summary>Turns that wait in this process to be saved are saved before the conversation may wake elsewhere: what it would read there must be all that
    /// was said, or it would give the next replies numbers that their readers have seen on others.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_waits)
        {
            try
            {
                await turns.FindAsync(Id, _lastNumber, cancellationToken);
            }
            catch (Exception error) when (error is StorageException or OperationCanceledException)
            {
                // The store still doesn't answer. The process goes on trying for as long as it lives.
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatChunk> ChatAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        BeginOrMove();
        var number = 0;
        var draft = new ReplyDraft();
        var finished = false;
        var attempt = _attempts.Begin(request.RequestId);
        _underWay++;
        try
        {
            await ErasedAsync();
            var epoch = _epoch;
            await ChangeOwnershipAsync(() => OpenForAsync(request.User, request.Client), cancellationToken);
            using var place = request is { ServerHistory: true, Parent: null } ? await _succession.EnterAsync(request.RequestId, cancellationToken) : null;
            if (request.Again && await FindEarlierAsync(attempt, request.RequestId!, cancellationToken) is { } earlier)
            {
                var asked = request with { Messages = earlier.Messages };
                yield return Chunk(replica.Recall(Decoding(asked, earlier.Version), earlier), earlier.Number, earlier.Version, saved: true, first: true) with { Parent = earlier.Parent, SystemPrompt = earlier.SystemPrompt };
                yield break;
            }

            var version = VersionFor(request.Version, request.Draft is { Blind: true });
            var (whole, parent, prompt) = await DialogueAsync(request, cancellationToken);
            number = ++_lastNumber;
            if (request.Unstored)
            {
                await NeverReuseAsync(number); // before anybody sees it: no turn will ever say that it was used
            }

            await foreach (var piece in moderators.DrawAsync(request.Messages, () => replica.DrawAsync(Decoding(whole, version), cancellationToken), request.Sampling.Stop, cancellationToken))
            {
                var first = !draft.Seen;
                draft.Add(piece);
                var saved = true;
                if (piece.FinishReason is { } finish)
                {
                    saved = request.Unstored || await StoreAsync(draft.ToTurn(Id, number, version, whole, finish, time.GetUtcNow(), prompt?.Version, parent), attempt, epoch);
                    _version = request.Draft is { Blind: true } ? _version : version;
                    finished = true;
                }

                yield return Chunk(piece, number, version, saved, first) with { Parent = first ? parent : null, SystemPrompt = prompt?.Version };
            }
        }
        finally
        {
            try
            {
                if (!finished && draft.Seen && !request.Unstored)
                {
                    await NeverReuseAsync(number);
                }
            }
            finally
            {
                _underWay--;
                _attempts.End(request.RequestId, attempt);
                replies.End();
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Conversation?> GetAsync(CancellationToken cancellationToken = default)
    {
        var stored = await turns.ReadAsync(Id, cancellationToken);
        LeaveIfNobodyHadIt();
        return stored.Stored == 0 && (!header.RecordExists || header.State.Erased)
            ? null
            : new Conversation(Id, header.State.Owner, [.. stored], [.. Thumbs], header.State.Client, [.. _standing.Values]);
    }

    /// <summary>Whoever asks for thousands of conversations that don't exist shall not keep them in memory.</summary>
    private void LeaveIfNobodyHadIt()
    {
        if (_lastNumber == 0 && !header.RecordExists && _underWay == 0)
        {
            DeactivateOnIdle();
        }
    }

    /// <summary>A request with the whole dialogue that it asks to be answered: behind what is stored where it says so, and under the model's system prompt where it has none of its own.</summary>
    private async Task<(ChatRequest Whole, int? Parent, SystemPrompt? Prompt)> DialogueAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        var (messages, parent) = request.ServerHistory ? History.Of(Id, await HistoryAsync(request.Parent, cancellationToken), request, drafts => PreferredDraft.Of(drafts, _standing.Values)) : (request.Messages, (int?)null);
        var prompt = messages.Any(message => message.Role == "system") ? null : systemPrompts.Active;
        return (request with { Messages = prompt is null ? messages : messages.Insert(messages[0].Role == ChatMessage.Tools ? 1 : 0, new ChatMessage("system", prompt.Text)) }, parent, prompt);
    }

    /// <summary>The turns that can be gone on from. One that can't be read is passed over, unless it is asked for.</summary>
    private async Task<StoredTurns> HistoryAsync(int? parent, CancellationToken cancellationToken)
    {
        var stored = await turns.ReadAsync(Id, cancellationToken);
        if (parent is { } number && stored.Damaged.Contains(number))
        {
            await turns.FindAsync(Id, number, cancellationToken); // says what is damaged
        }

        return stored;
    }

    private DecodeRequest Decoding(ChatRequest request, string version) => new(
        version, request.Messages, request.Sampling, request.User is { } user ? $"user {request.Client}/{user}" : $"conversation {Id}", request.BestOf);

    private ChatChunk Chunk(DecodedPiece piece, int number, string version, bool saved, bool first) => new(
        CompletionId.Of(Id, number), version, piece.Said, piece.Tokens, piece.PromptTokens, piece.FinishReason, piece.ChosenFrom, !saved, piece.CachedTokens, first ? RuntimeIdentity : null, ToolCalls: piece.ToolCalls);

    /// <summary>The reply that an earlier attempt at the same request stored, here or on a silo that had the conversation before.</summary>
    private async Task<Turn?> FindEarlierAsync(Attempt attempt, string requestId, CancellationToken cancellationToken)
    {
        await attempt.EarlierStored.WaitAsync(cancellationToken);
        return (await turns.ReadAsync(Id, cancellationToken)).LastOrDefault(turn => turn.RequestId == requestId);
    }

    private async Task<bool> StoreAsync(Turn turn, Attempt attempt, int epoch)
    {
        if (epoch != _epoch)
        {
            throw new RefusedException(Refusal.NotFound, $"The conversation '{Id}' was erased while this reply was drawn; nothing of it is kept.", "metadata.conversation_id");
        }

        if (!_attempts.IsLast(turn.RequestId, attempt))
        {
            throw new RefusedException(Refusal.Unavailable, "The request was sent again meanwhile, and that one is answered.");
        }

        try
        {
            // To its end, even if nobody waits for it any more: a write that is given up may still arrive, and whoever sends the request again has to find it.
            var storing = attempt.StoringAsync(turns.AppendAsync(turn, CancellationToken.None));
            _storing.Add(storing);
            var saved = await storing;
            _waits |= !saved;
            return saved;
        }
        catch (InvalidOperationException)
        {
            // The cluster took this silo for dead and the conversation went on elsewhere: what is known here is old.
            DeactivateOnIdle();
            throw new RefusedException(Refusal.Unavailable, "The conversation went on in another process while this reply was drawn; ask again.");
        }
        finally
        {
            _storing.RemoveAll(storing => storing.IsCompleted);
        }
    }

    /// <summary>On a silo that is about to end the conversation leaves it, so that the next request finds it elsewhere.</summary>
    private void BeginOrMove()
    {
        try
        {
            replies.Begin();
        }
        catch (RefusedException)
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private async Task OpenForAsync(string? user, string? client)
    {
        if (header.State.Erased)
        {
            await FinishErasureAsync(CancellationToken.None);
        }

        var erased = header.State.Erased;
        var opens = (erased || (_lastNumber == 0 && !header.RecordExists)) && header.State is { Owner: null, Client: null };
        if (opens && (user is not null || client is not null || erased))
        {
            (header.State.Owner, header.State.Client, header.State.Erased) = (user, client, false);
            try
            {
                if (user is not null)
                {
                    await index.AddAsync(new IndexedConversation(Id, client, user, time.GetUtcNow())); // before: what isn't listed could not be erased
                }

                await SaveAsync();
            }
            catch
            {
                (header.State.Owner, header.State.Client, header.State.Erased) = (null, null, erased); // what is not stored must not be believed: the next request opens it again
                throw;
            }
        }
        else if (!IsKnownTo(client))
        {
            throw new RefusedException(Refusal.NotFound, $"There is no conversation '{Id}'.", "metadata.conversation_id");
        }
        else
        {
            RefuseStrangers(user, "user", "continued by its owner", annotatorsToo: false);
            if (erased)
            {
                header.State.Erased = false; // of which only feedback was kept
                await SaveAsync();
            }
        }
    }

    private bool IsKnownTo(string? client) => client is null || client == header.State.Client;

    private void RefuseStrangers(string? who, string param, string right, bool annotatorsToo)
    {
        var owner = header.State.Owner;
        if (owner is null || owner == who || (annotatorsToo && feedback.Value.IsAnnotator(who)))
        {
            return;
        }

        var stranger = who is null ? $"no {param} was given" : $"'{who}' is another {param}";
        throw new RefusedException(Refusal.NotYours, $"Conversation '{Id}' belongs to another user, and {stranger}: it can only be {right}.", param);
    }

    /// <summary>The version that answers. One that the server picked for a draft may have left the catalogue since; nobody asked for it by name.</summary>
    private string VersionFor(string? pinned, bool isPickedByServer)
    {
        var current = catalog.Current;
        if (pinned is null || (isPickedByServer && !current.Serves(pinned)))
        {
            return _version is not null && current.Shares(_version) ? _version : current.Choose(Id);
        }

        return current.Serves(pinned)
            ? pinned
            : throw new RefusedException(Refusal.NotFound, $"The model '{current.Model}:{pinned}' does not exist or is not served; GET /v1/models lists what is.", "model");
    }

    /// <summary>The reader sees the number of this reply, which no turn will have: after a restart, too, it must not name another one.</summary>
    private Task NeverReuseAsync(int number)
    {
        header.State.LastAbandoned = Math.Max(header.State.LastAbandoned, number);
        return SaveAsync();
    }

    /// <summary>Replies of one conversation may be drawn side by side, but only one write may be under way.</summary>
    private Task SaveAsync()
    {
        return _lastWrite = AfterAsync(_lastWrite);

        async Task AfterAsync(Task previous)
        {
            await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await header.WriteStateAsync();
        }
    }
}
