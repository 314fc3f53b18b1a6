using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>Where a call can be sent.</summary>
internal interface ICallReceiver
{
    /// <summary>Takes an entry in; false when the receiver is gone.</summary>
    bool TryPost(MailboxEntry entry);
}

/// <summary>An object whose calls take turns: an activation, or an observer outside of any grain.</summary>
internal abstract class CallTarget : ICallReceiver
{
    protected CallTarget(SiloRuntime silo, GrainId id, Interleaving interleaving, ILogger logger)
    {
        Silo = silo;
        GrainId = id;
        Scheduler = new TurnScheduler(this, logger);
        Mailbox = new Mailbox(Scheduler, silo.Clock, interleaving);
    }

    public SiloRuntime Silo { get; }

    public GrainId GrainId { get; }

    public TurnScheduler Scheduler { get; }

    public Mailbox Mailbox { get; }

    /// <summary>The object itself.</summary>
    public abstract object? GrainInstance { get; }

    public bool TryPost(MailboxEntry entry) => Mailbox.TryPost(entry);

    /// <summary>A call has thrown; some errors mean that the target must go.</summary>
    public virtual void OnCallFailed(Exception error)
    {
    }
}
