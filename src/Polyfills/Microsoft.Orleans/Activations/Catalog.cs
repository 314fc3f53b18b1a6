using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>Every activation and observer of the silo, by grain id. Two of one id never live at the same time.</summary>
internal sealed class Catalog(SiloRuntime silo)
{
    private readonly ConcurrentDictionary<GrainId, ICallReceiver> _receivers = new();
    private readonly ConcurrentDictionary<Activation, bool> _activations = new();

    public IEnumerable<Activation> Activations => _activations.Keys;

    /// <summary>The receiver of a grain's calls, made if there is none.</summary>
    public ICallReceiver Find(GrainId id)
    {
        if (_receivers.TryGetValue(id, out var receiver))
        {
            return receiver;
        }

        if (ObserverTarget.IsObserver(id))
        {
            throw new SiloUnavailableException($"{id} is the reference of an observer that was deleted or has gone.");
        }

        silo.ThrowIfNotRunning(id);
        var grainClass = silo.Classes.Find(id);
        if (grainClass.MaxWorkers is { } maximum)
        {
            return _receivers.GetOrAdd(id, _ => new StatelessWorkers(() => Activate(id, grainClass), maximum));
        }

        var activation = new Activation(silo, id, grainClass);
        receiver = _receivers.GetOrAdd(id, activation);
        if (receiver == activation)
        {
            Begin(activation);
        }

        return receiver;
    }

    public void Add(ObserverTarget observer) => _receivers[observer.GrainId] = observer;

    /// <summary>Forgets an observer; calls to it fail from now on.</summary>
    public void RemoveObserver(GrainId id)
    {
        if (_receivers.TryGetValue(id, out var receiver) && receiver is ObserverTarget observer)
        {
            _receivers.TryRemove(id, out _);
            observer.Mailbox.Close();
        }
    }

    public void Remove(Activation activation)
    {
        _activations.TryRemove(activation, out _);
        _receivers.TryRemove(KeyValuePair.Create<GrainId, ICallReceiver>(activation.GrainId, activation));
    }

    public IEnumerable<CallTarget> Targets() => Activations.Concat<CallTarget>(_receivers.Values.OfType<ObserverTarget>());

    /// <summary>Deactivates all; ends when the last one is gone or the time is up.</summary>
    public Task DeactivateAllAsync(DeactivationReason reason, CancellationToken token)
    {
        var all = Activations.ToArray();
        foreach (var activation in all)
        {
            activation.Deactivate(reason, token);
        }

        return Task.WhenAll(all.Select(a => a.Deactivated)).WaitAsync(token);
    }

    /// <summary>Deactivates what has been idle for as long as its class allows, or for the age given.</summary>
    public void Collect(TimeSpan now, TimeSpan? age = null)
    {
        foreach (var activation in Activations.Where(a => a.IsIdle(now, age)))
        {
            activation.Deactivate(new(DeactivationReasonCode.ActivationIdle, "It was idle."));
        }
    }

    private Activation Activate(GrainId id, GrainClass grainClass)
    {
        var activation = new Activation(silo, id, grainClass);
        Begin(activation);
        return activation;
    }

    private void Begin(Activation activation)
    {
        _activations[activation] = true;
        activation.Activate();
    }
}
