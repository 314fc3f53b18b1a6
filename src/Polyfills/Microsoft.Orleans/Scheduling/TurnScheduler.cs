using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>
/// Runs the turns of one target one after another on the thread pool. Code that awaits inside a turn comes back here,
/// because <see cref="TaskScheduler.Current"/> is this scheduler while a turn runs.
/// </summary>
internal sealed class TurnScheduler(CallTarget owner, ILogger logger) : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>After this many turns others get the thread, so that a busy target starves nobody.</summary>
    private const int Quantum = 64;

    private static readonly Action<object?> s_drain = static scheduler => ((TurnScheduler)scheduler!).Drain();

    private readonly Queue<object> _turns = new();
    private bool _scheduled;

    public override int MaximumConcurrencyLevel => 1;

    public void Post(MailboxEntry entry) => Enqueue(entry);

    public void Post(Action action) => Enqueue(action);

    protected override void QueueTask(Task task) => Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(RuntimeContext.CurrentTarget, owner) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_turns)
        {
            return _turns.OfType<Task>().ToArray();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var previous = RuntimeContext.Exchange(owner);
        try
        {
            // A task around the whole drain, because only inside a task is this scheduler the current one.
            new Task(s_drain, this, CancellationToken.None, TaskCreationOptions.DenyChildAttach).RunSynchronously(this);
        }
        finally
        {
            RuntimeContext.Exchange(previous);
        }
    }

    private void Enqueue(object turn)
    {
        lock (_turns)
        {
            _turns.Enqueue(turn);
            if (_scheduled)
            {
                return;
            }

            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void Drain()
    {
        var clean = ExecutionContext.Capture();
        for (var turn = 0; turn < Quantum; turn++)
        {
            object next;
            lock (_turns)
            {
                if (_turns.Count == 0)
                {
                    _scheduled = false;
                    return;
                }

                next = _turns.Dequeue();
            }

            Run(next);
            if (clean is not null)
            {
                // What one turn put into async locals is not the next one's business.
                ExecutionContext.Restore(clean);
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Run(object turn)
    {
        try
        {
            switch (turn)
            {
                case MailboxEntry entry:
                    entry.Run(owner);
                    break;
                case Task task:
                    TryExecuteTask(task);
                    break;
                default:
                    ((Action)turn)();
                    break;
            }
        }
        catch (Exception error)
        {
            logger.LogError(error, "A turn of {Target} failed.", owner.GrainId);
        }
    }
}
