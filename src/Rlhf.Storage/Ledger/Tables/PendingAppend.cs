namespace Rlhf.Storage.Tables;

/// <summary>Events that wait to be committed together, and their caller.</summary>
internal sealed class PendingAppend
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private readonly TaskCompletionSource<IReadOnlyList<AppendResult>> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration registration;
    private int state = Waiting;

    public PendingAppend(NewEvent[] events, CancellationToken cancellationToken)
    {
        Events = events;
        registration = cancellationToken.UnsafeRegister(
            static (pending, token) =>
            {
                var cancelled = (PendingAppend)pending!;
                if (Interlocked.CompareExchange(ref cancelled.state, Cancelled, Waiting) == Waiting)
                {
                    cancelled.completion.TrySetCanceled(token);
                }
            },
            this);
    }

    public NewEvent[] Events { get; }

    public Task<IReadOnlyList<AppendResult>> Task => completion.Task;

    /// <summary>Claims the events for the writer; false when their caller has cancelled.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

    public void Complete(AppendResult[] results)
    {
        registration.Unregister();
        completion.TrySetResult(results);
    }

    public void Fail(Exception error)
    {
        registration.Unregister();
        completion.TrySetException(error);
    }
}
