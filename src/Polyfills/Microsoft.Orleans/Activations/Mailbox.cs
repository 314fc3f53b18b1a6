namespace Orleans.Runtime;

/// <summary>Decides when an entry may start: at once, or after those before it. Entries start in the order of arrival.</summary>
internal sealed class Mailbox(TurnScheduler scheduler, SiloClock clock, Interleaving interleaving)
{
    private readonly Lock _gate = new();
    private readonly Queue<MailboxEntry> _waiting = new();
    private readonly List<MailboxEntry> _running = [];
    private readonly Dictionary<Guid, int> _reentrantSections = [];
    private State _state = State.Opening;
    private TaskCompletionSource? _quiet;
    private int _blockers;
    private bool _onlyReaders;

    private enum State
    {
        Opening,
        Open,
        Paused,
        Closed,
    }

    /// <summary>When something last ran here.</summary>
    public TimeSpan LastUsed { get; private set; } = clock.Now;

    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    public int Load => _running.Count + _waiting.Count;

    /// <summary>Takes an entry in; false when the target is gone.</summary>
    public bool TryPost(MailboxEntry entry)
    {
        lock (_gate)
        {
            switch (_state)
            {
                case State.Closed:
                    return false;
                case State.Open when MayRun(entry):
                    Start(entry);
                    return true;
                default:
                    _waiting.Enqueue(entry);
                    return true;
            }
        }
    }

    public void Finished(MailboxEntry entry)
    {
        TaskCompletionSource? quiet = null;
        lock (_gate)
        {
            var last = _running[^1];
            last.RunningIndex = entry.RunningIndex;
            _running[entry.RunningIndex] = last;
            _running.RemoveAt(_running.Count - 1);
            if (entry.KeepsAlive)
            {
                LastUsed = clock.Now;
            }

            if (!entry.AlwaysInterleave)
            {
                _blockers--;
            }

            if (_state == State.Open)
            {
                StartWaiting();
            }
            else if (_running.Count == 0)
            {
                quiet = _quiet;
            }
        }

        quiet?.TrySetResult();
    }

    /// <summary>The target is active: what came in the meantime may start.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _state = State.Open;
            StartWaiting();
        }
    }

    /// <summary>Starts nothing more; the task ends when nothing runs.</summary>
    public Task PauseAsync()
    {
        lock (_gate)
        {
            _state = State.Paused;
            _quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_running.Count == 0)
            {
                _quiet.SetResult();
            }

            return _quiet.Task;
        }
    }

    /// <summary>Takes nothing more, and hands back what never started.</summary>
    public MailboxEntry[] Close()
    {
        lock (_gate)
        {
            _state = State.Closed;
            var left = _waiting.ToArray();
            _waiting.Clear();
            return left;
        }
    }

    /// <summary>Ends what has passed its deadline.</summary>
    public void Expire(TimeSpan now)
    {
        if (IsIdle)
        {
            return;
        }

        MailboxEntry[] late;
        lock (_gate)
        {
            late = [.. _running.Concat(_waiting).Where(e => e.Deadline <= now)];
        }

        foreach (var entry in late)
        {
            entry.Expire();
        }
    }

    public void EnterReentrantSection(Guid id)
    {
        lock (_gate)
        {
            _reentrantSections[id] = _reentrantSections.GetValueOrDefault(id) + 1;
        }
    }

    public void LeaveReentrantSection(Guid id)
    {
        lock (_gate)
        {
            if (--_reentrantSections[id] == 0)
            {
                _reentrantSections.Remove(id);
            }
        }
    }

    private bool MayRun(MailboxEntry entry) =>
        _blockers == 0
        || entry.AlwaysInterleave
        || (_onlyReaders && entry.ReadOnly)
        || interleaving.Allows(entry)
        || (_reentrantSections.Count > 0 && _reentrantSections.ContainsKey(entry.ReentrancyId));

    private void Start(MailboxEntry entry)
    {
        if (!entry.AlwaysInterleave)
        {
            _onlyReaders = entry.ReadOnly && (_blockers == 0 || _onlyReaders);
            _blockers++;
        }

        entry.RunningIndex = _running.Count;
        _running.Add(entry);
        if (entry.KeepsAlive)
        {
            LastUsed = clock.Now;
        }

        scheduler.Post(entry);
    }

    private void StartWaiting()
    {
        while (_waiting.TryPeek(out var next) && MayRun(next))
        {
            Start(_waiting.Dequeue());
        }
    }
}
