namespace Rlhf.Storage.Sqlite;

/// <summary>A change that waits for its turn in a transaction.</summary>
internal abstract class Write
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;
    private int state = Waiting;

    /// <summary>Whether what was there before has to be gone from the write-ahead log before the caller hears of it.</summary>
    public bool Erases { get; init; }

    /// <summary>Claims the change for the writer; false when its caller has cancelled it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

    /// <summary>Makes the change. It may be made again if the transaction around it fails.</summary>
    public abstract void Run(Session session);

    /// <summary>Tells the caller that the change is durable.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller that nothing was changed.</summary>
    public abstract void Fail(Exception error);

    protected bool TryCancel() => Interlocked.CompareExchange(ref state, Cancelled, Waiting) == Waiting;
}

/// <inheritdoc/>
internal sealed class Write<T> : Write
{
    private readonly Func<Session, T> change;

    // The writer must never run its callers' continuations.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration registration;
    private T result = default!;

    public Write(Func<Session, T> change, CancellationToken cancellationToken)
    {
        this.change = change;
        registration = cancellationToken.UnsafeRegister(
            static (write, token) =>
            {
                var cancelled = (Write<T>)write!;
                if (cancelled.TryCancel())
                {
                    cancelled.completion.TrySetCanceled(token);
                }
            },
            this);
    }

    public Task<T> Task => completion.Task;

    public override void Run(Session session) => result = change(session);

    public override void Complete()
    {
        registration.Unregister();
        completion.TrySetResult(result);
    }

    public override void Fail(Exception error)
    {
        registration.Unregister();
        completion.TrySetException(error);
    }
}
