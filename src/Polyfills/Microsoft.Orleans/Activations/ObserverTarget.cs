namespace Orleans.Runtime;

/// <summary>An object outside of any grain. Held weakly, as the real runtime does: its owner keeps it alive.</summary>
internal sealed class ObserverTarget : CallTarget
{
    private static readonly GrainType s_type = GrainType.Create("sys.client");

    private readonly WeakReference<object> _observer;

    public ObserverTarget(SiloRuntime silo, object observer)
        : base(silo, GrainId.Create(s_type, Guid.NewGuid().ToString("N")), Interleaving.None, silo.Logger)
    {
        _observer = new(observer);
        Mailbox.Open();
    }

    public override object? GrainInstance => _observer.TryGetTarget(out var observer) ? observer : null;

    public static bool IsObserver(GrainId id) => id.Type == s_type;
}
