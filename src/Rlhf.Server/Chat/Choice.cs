using System.Diagnostics;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Server.Hosting;

namespace Rlhf.Server.Chat;

/// <summary>One reply while it is drawn. Disposing it before its end gives it up and frees its place.</summary>
internal sealed class Choice : IAsyncDisposable
{
    private readonly CancellationToken _readerLeft;
    private readonly CancellationTokenSource _giveUp;
    private readonly IAsyncEnumerator<ChatChunk> _chunks;
    private readonly LiveSilos _silos;
    private CancellationTokenRegistration _whenSiloLeaves;
    private CancellationTokenRegistration _whenAnyLeaves;
    private long _lastAt;
    private volatile int _asked;
    private volatile int _answered;
    private volatile bool _disposed;

    private Choice(int index, IConversationGrain conversation, ChatRequest request, LiveSilos silos, CancellationToken readerLeft)
    {
        Index = index;
        _silos = silos;
        _readerLeft = readerLeft;
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(readerLeft);
        _chunks = conversation.ChatAsync(request, _giveUp.Token).WithBatchSize(1).GetAsyncEnumerator(_giveUp.Token);
    }

    public int Index { get; }

    /// <summary>The first piece, which is there before the response starts: an early failure still has a status code.</summary>
    public ChatChunk First { get; private set; } = null!;

    /// <summary>When the first piece came, by <see cref="Stopwatch"/>.</summary>
    public long FirstAt { get; private set; }

    /// <summary>Tokens that came so far.</summary>
    public int Tokens { get; private set; }

    /// <summary>What the reply was chosen from; null where one was drawn.</summary>
    public Candidates? ChosenFrom { get; private set; }

    /// <summary>Why the reply ended; null before its end.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Whether the reply has ended and waits in memory to be saved.</summary>
    public bool Unsaved { get; private set; }

    /// <summary>Seconds for each token after the first, as the reader sees them: none where all came in one piece. Null when there were none.</summary>
    public double? SecondsPerToken => Tokens > 1 ? Stopwatch.GetElapsedTime(FirstAt, _lastAt).TotalSeconds / (Tokens - 1) : null;

    /// <summary>Asks for a reply and waits for its first piece. While silos come and go the conversation is asked for
    /// again, which finds it elsewhere: nothing was heard yet, and what was stored unheard is found by the request's id.</summary>
    public static Task<Choice> OpenAsync(IConversationGrain conversation, ChatRequest request, int index, LiveSilos silos, CancellationToken cancellationToken)
    {
        var attempt = request with { RequestId = Guid.CreateVersion7().ToString("N") };
        return silos.AgainWhileMovingAsync(
            () =>
            {
                var asked = attempt;
                attempt = attempt with { Again = true };
                return OpenOnceAsync(conversation, asked, index, silos, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Nobody knows on which silo the first piece is waited for, so that the end of any is a reason to ask again.</summary>
    private static async Task<Choice> OpenOnceAsync(IConversationGrain conversation, ChatRequest request, int index, LiveSilos silos, CancellationToken cancellationToken)
    {
        var choice = new Choice(index, conversation, request, silos, cancellationToken);
        try
        {
            choice.EndWith(silos.NextLeft);
            choice.First = await choice.NextAsync()
                ? choice._chunks.Current
                : throw new InvalidOperationException("The conversation ended a reply before its first piece.");
            choice.EndWith(choice.First.Silo is { } silo ? silos.Left(silo) : CancellationToken.None);
            choice.WatchForLostAnswers();
            choice.FirstAt = Stopwatch.GetTimestamp();
            choice.Count(choice.First);
            return choice;
        }
        catch
        {
            await choice.DisposeAsync();
            throw;
        }
    }

    /// <summary>Every piece, the first one among them.</summary>
    public async IAsyncEnumerable<ChatChunk> ChunksAsync()
    {
        yield return First;
        while (await NextAsync())
        {
            Count(_chunks.Current);
            yield return _chunks.Current;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _whenSiloLeaves.DisposeAsync();
        await _whenAnyLeaves.DisposeAsync();
        await _chunks.DisposeAsync();
        _giveUp.Dispose();
    }

    private void EndWith(CancellationToken silosEnd)
    {
        _whenSiloLeaves.Dispose();
        _whenSiloLeaves = silosEnd.UnsafeRegister(giveUp => ((CancellationTokenSource)giveUp!).Cancel(), _giveUp);
    }

    /// <summary>A client's calls pass through a silo that need not be the one that draws. When any silo leaves, the answer to a call that is under way may
    /// have gone with it, and nobody would tell before the response timeout.</summary>
    private void WatchForLostAnswers()
    {
        if (!_disposed)
        {
            _whenAnyLeaves = _silos.NextLeft.UnsafeRegister(static choice => _ = ((Choice)choice!).GiveUpIfLostAsync(), this);
        }
    }

    private async Task GiveUpIfLostAsync()
    {
        WatchForLostAnswers();
        var asked = _asked;
        if (asked == _answered)
        {
            return;
        }

        await _silos.PatienceAsync(_readerLeft);
        if (asked == _asked && asked != _answered)
        {
            try
            {
                await _giveUp.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // it ended just now
            }
        }
    }

    private async ValueTask<bool> NextAsync()
    {
        _asked++;
        try
        {
            return await _chunks.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!_readerLeft.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.Unavailable, "A silo that this reply came from or through left the cluster; ask again.");
        }
        finally
        {
            _answered = _asked;
        }
    }

    private void Count(ChatChunk chunk)
    {
        _lastAt = Stopwatch.GetTimestamp();
        Tokens += chunk.Tokens.Length;
        ChosenFrom = chunk.ChosenFrom ?? ChosenFrom;
        FinishReason = chunk.FinishReason ?? FinishReason;
        Unsaved |= chunk.Unsaved;
    }
}
