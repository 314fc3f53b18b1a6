namespace Orleans.Runtime;

/// <summary>A way to call a grain or an observer, whether it is active or not. The proxies derive from this class.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly Type _interfaceType;

    internal GrainReference(SiloRuntime silo, GrainId grainId, Type interfaceType)
    {
        Silo = silo;
        GrainId = grainId;
        _interfaceType = interfaceType;
    }

    public GrainId GrainId { get; }

    public virtual string InterfaceName => _interfaceType.FullName!;

    public GrainInterfaceType InterfaceType => GrainInterface.NameOf(_interfaceType);

    internal SiloRuntime Silo { get; }

    /// <summary>Where the last call went; saves looking it up for the next one.</summary>
    internal ICallReceiver? LastReceiver { get; set; }

    public virtual TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => (TGrainInterface)Cast(typeof(TGrainInterface));

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"{_interfaceType.Name}({GrainId})";

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) => Equals(reference1, reference2);

    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !Equals(reference1, reference2);

    internal object Cast(Type interfaceType) =>
        interfaceType.IsInstanceOfType(this) ? this : ProxyFactory.Create(interfaceType, Silo, GrainId);

    internal Task<TResult> CallTask<TArguments, TResult>(GrainMethod<TArguments, TResult> method, TArguments arguments)
        where TArguments : struct => Silo.Calls.Send(this, method, arguments);

    internal ValueTask<TResult> CallValueTask<TArguments, TResult>(GrainMethod<TArguments, TResult> method, TArguments arguments)
        where TArguments : struct => new(Silo.Calls.Send(this, method, arguments));

    internal ValueTask CallPlainValueTask<TArguments>(GrainMethod<TArguments, Nothing> method, TArguments arguments)
        where TArguments : struct => new(Silo.Calls.Send(this, method, arguments));

    internal void CallVoid<TArguments>(GrainMethod<TArguments, Nothing> method, TArguments arguments)
        where TArguments : struct => Silo.Calls.Send(this, method, arguments);

    internal IAsyncEnumerable<TItem> CallStream<TArguments, TItem>(StreamMethod<TArguments, TItem> method, TArguments arguments)
        where TArguments : struct => new GrainStream<TArguments, TItem>(this, method, arguments);
}
