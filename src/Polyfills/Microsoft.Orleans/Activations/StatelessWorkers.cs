namespace Orleans.Runtime;

/// <summary>The activations of one key of a stateless worker: as many as are busy at once, up to a limit.</summary>
internal sealed class StatelessWorkers(Func<Activation> activate, int maximum) : ICallReceiver
{
    private readonly List<Activation> _workers = [];

    public bool TryPost(MailboxEntry entry)
    {
        lock (_workers)
        {
            while (true)
            {
                var worker = _workers.MinBy(w => w.Mailbox.Load);
                if (worker is null || (!worker.Mailbox.IsIdle && _workers.Count < maximum))
                {
                    worker = activate();
                    _workers.Add(worker);
                }

                if (worker.TryPost(entry))
                {
                    return true;
                }

                _workers.Remove(worker);
            }
        }
    }
}
