namespace Orleans.Runtime;

/// <summary>Something that wants a turn: a call, a timer's tick, a step of an enumeration.</summary>
internal abstract class MailboxEntry
{
    /// <summary>Whether it may run beside anything else.</summary>
    public virtual bool AlwaysInterleave => false;

    /// <summary>Whether it may run beside others that are read-only.</summary>
    public virtual bool ReadOnly => false;

    /// <summary>Whether running it shows that the grain is still of use.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>The call chain that may come back into a grain that waits for it.</summary>
    public virtual Guid ReentrancyId => Guid.Empty;

    /// <summary>When it is too late for an answer, by the silo's clock.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.MaxValue;

    /// <summary>Where the mailbox finds it among those that run.</summary>
    public int RunningIndex { get; set; }

    /// <summary>Starts it, on the target's scheduler. The mailbox must be told when it has finished.</summary>
    public abstract void Run(CallTarget target);

    /// <summary>It can't run: the target could not be activated.</summary>
    public abstract void Reject(Exception error);

    /// <summary>The target went before it could run; what can go to the target's successor does.</summary>
    public abstract void Forward();

    /// <summary>The deadline has passed.</summary>
    public virtual void Expire()
    {
    }
}
