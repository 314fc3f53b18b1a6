using System.Diagnostics;

namespace Orleans.Runtime;

/// <summary>The caller's view of an enumeration that a grain makes. The grain hears of it when the first item is asked for.</summary>
internal sealed class GrainStream<TArguments, TItem>(
    GrainReference reference, StreamMethod<TArguments, TItem> method, TArguments arguments) : IAsyncEnumerable<TItem>, IBatchedStream
    where TArguments : struct
{
    public int MaxBatchSize { get; set; } = 100;

    public IAsyncEnumerator<TItem> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var called = method.CallerToken(arguments);
        var linked = called.CanBeCanceled && cancellationToken.CanBeCanceled && called != cancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(called, cancellationToken)
            : null;
        var enumeration = new Enumeration<TItem>(
            MaxBatchSize, (grain, token) => method.Invoke(grain, arguments, token), method);
        return new GrainStreamEnumerator<TItem>(
            reference, enumeration, linked?.Token ?? (called.CanBeCanceled ? called : cancellationToken), linked);
    }
}

/// <summary>Fetches batch after batch, and tells the grain when it is done with or cancelled.</summary>
internal sealed class GrainStreamEnumerator<TItem>(
    GrainReference reference, Enumeration<TItem> enumeration, CancellationToken token, CancellationTokenSource? linked) : IAsyncEnumerator<TItem>
{
    private Batch<TItem> _batch = Batch<TItem>.Empty;
    private int _index;
    private Activity? _activity;
    private bool _begun;
    private bool _disposed;

    public TItem Current => _batch.Items[_index];

    public async ValueTask<bool> MoveNextAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (++_index < _batch.Items.Count)
        {
            return true;
        }

        if (_batch.IsLast)
        {
            return false;
        }

        token.ThrowIfCancellationRequested();
        if (!_begun)
        {
            _begun = true;
            _activity = enumeration.StartOutgoing(reference);
        }

        try
        {
            _index = 0;
            _batch = await enumeration.FetchAsync(reference, token);
            return _batch.Items.Count > 0;
        }
        catch (Exception error)
        {
            CallActivity.Failed(_activity, error);
            _batch = Batch<TItem>.End;
            await enumeration.EndAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await enumeration.EndAsync();
            _activity?.Stop();
            linked?.Dispose();
        }
    }
}

/// <summary>What one fetch brought.</summary>
internal sealed record Batch<TItem>(IReadOnlyList<TItem> Items, bool IsLast)
{
    public static readonly Batch<TItem> Empty = new([], false);
    public static readonly Batch<TItem> End = new([], true);
}
