using System.Collections.Immutable;
using System.Diagnostics;

namespace Orleans.Runtime;

/// <summary>
/// The grain's side of an enumeration. Its enumerator is made, moved and disposed in turns of the activation, which may
/// interleave with any other call; so a stream never keeps its grain from answering.
/// </summary>
internal sealed class Enumeration<TItem>(int maxBatch, Func<object, CancellationToken, IAsyncEnumerable<TItem>> start, GrainMethod method)
    : IActivationResource
{
    /// <summary>An enumeration that nobody fetches from for so long was abandoned without being disposed.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _cancelled = new();
    private readonly Lock _gate = new();
    private ImmutableDictionary<string, object>? _context = RequestContext.Values;
    private Activity? _activity;
    private Activation? _activation;
    private IAsyncEnumerator<TItem>? _items;
    private Task<bool>? _pending;
    private Task? _ended;
    private Fetch? _running;
    private bool _unwanted;
    private TimeSpan _lastUsed;

    private string Title => $"{method.InterfaceType.Name}.{method.Method.Name}";

    /// <summary>Starts the caller's span and lets the enumeration take it along; null where nobody listens.</summary>
    public Activity? StartOutgoing(GrainReference reference)
    {
        var activity = reference.Silo.Calls.TracesStreams ? CallActivity.StartOutgoing(method.InterfaceType, method.Method.Name) : null;
        _context = RequestContext.Values;
        return activity;
    }

    public async Task<Batch<TItem>> FetchAsync(GrainReference reference, CancellationToken token)
    {
        var fetch = new Fetch(this);
        await using var registration = token.UnsafeRegister(
            static (state, cancelled) => ((Fetch)state!).Answer.TrySetCanceled(cancelled), fetch);
        if (_activation is null)
        {
            reference.Silo.Calls.Post(reference, fetch);
        }
        else if (!_activation.TryPost(fetch))
        {
            fetch.Forward();
        }

        return await fetch.Answer.Task;
    }

    /// <summary>Cancels what runs and disposes the enumerator; ends when the grain has let go of it.</summary>
    public Task EndAsync()
    {
        Activation? activation;
        lock (_gate)
        {
            _unwanted = true;
            activation = _activation;
        }

        if (activation is null)
        {
            return Task.CompletedTask;
        }

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        activation.Scheduler.Post(() => _ = EndInTurnAsync(ended));
        return ended.Task;
    }

    public void OnDeactivating() => _cancelled.Cancel();

    public void OnHousekeeping(TimeSpan now)
    {
        if (_running is null && now - _lastUsed >= s_abandonedAfter)
        {
            EndAsync();
        }
    }

    public ValueTask DisposeAsync() => new(EndAsync());

    private async Task EndInTurnAsync(TaskCompletionSource ended)
    {
        try
        {
            await (_ended ??= DisposeItemsAsync());
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    private async Task DisposeItemsAsync()
    {
        await _cancelled.CancelAsync();
        if (_pending is { } pending)
        {
            // An iterator can't be disposed while it is still on its way to the next item.
            await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_items is not null)
        {
            Resume();
            await _items.DisposeAsync();
        }

        _activity?.Stop();
        _activation!.Remove(this);
    }

    /// <summary>From here on the caller's end reaches the grain; an end that came before means that there is nothing to begin.</summary>
    private void Begin(Activation activation)
    {
        lock (_gate)
        {
            if (_unwanted)
            {
                throw new OperationCanceledException();
            }

            _activation = activation;
        }

        activation.TryAdd(this);
    }

    private async Task<Batch<TItem>> NextAsync(Activation activation)
    {
        if (_ended is not null)
        {
            throw new EnumerationAbortedException($"{Title}: the grain has ended the enumeration; it was idle for too long.");
        }

        if (_items is null)
        {
            Begin(activation);
            _activity = activation.Silo.Calls.TracesStreams ? CallActivity.StartIncoming(method.InterfaceType, method.Method.Name) : null;
            _items = start(activation.GrainInstance!, _cancelled.Token).GetAsyncEnumerator(_cancelled.Token);
        }

        Resume();
        var batch = new List<TItem>();
        while (true)
        {
            _pending ??= _items.MoveNextAsync().AsTask();
            if (!_pending.IsCompleted && batch.Count > 0)
            {
                return new(batch, IsLast: false);
            }

            var any = await _pending;
            _pending = null;
            if (!any)
            {
                return new(batch, IsLast: true);
            }

            batch.Add(_items.Current);
            if (batch.Count == maxBatch)
            {
                return new(batch, IsLast: false);
            }
        }
    }

    /// <summary>What the grain does between two items belongs to the stream's span, in whichever turn it is done.</summary>
    private void Resume()
    {
        if (_activity is not null)
        {
            Activity.Current = _activity;
        }
    }

    /// <summary>One fetch as an entry of the mailbox. It has no deadline: a stream may be silent for long.</summary>
    private sealed class Fetch(Enumeration<TItem> enumeration) : MailboxEntry
    {
        public TaskCompletionSource<Batch<TItem>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool AlwaysInterleave => true;

        public override void Run(CallTarget target)
        {
            RequestContext.Values = enumeration._context;
            _ = RunAsync((Activation)target);
        }

        public override void Reject(Exception error) => Answer.TrySetException(error);

        public override void Forward() => Answer.TrySetException(new EnumerationAbortedException(
            $"{enumeration.Title}: the grain was deactivated in the middle of the enumeration."));

        /// <summary>The caller hears of the outcome last: by then the enumeration counts as idle from this moment.</summary>
        private async Task RunAsync(Activation activation)
        {
            enumeration._running = this;
            Batch<TItem>? batch = null;
            Exception? failure = null;
            try
            {
                batch = Answer.Task.IsCompleted ? null : await enumeration.NextAsync(activation);
            }
            catch (Exception error)
            {
                failure = error;
            }

            if (failure is not (null or OperationCanceledException))
            {
                activation.OnCallFailed(failure);
            }

            enumeration._running = null;
            enumeration._lastUsed = activation.Silo.Clock.Now;
            activation.Mailbox.Finished(this);
            switch (failure)
            {
                case OperationCanceledException cancelled:
                    Answer.TrySetCanceled(cancelled.CancellationToken);
                    break;
                case not null:
                    Answer.TrySetException(failure);
                    break;
                case null when batch is not null:
                    Answer.TrySetResult(batch);
                    break;
            }
        }
    }
}
