namespace Orleans.Runtime;

/// <summary>Makes references to grains and to observers.</summary>
internal sealed class GrainFactory(SiloRuntime silo) : IClusterClient
{
    public IServiceProvider ServiceProvider => silo.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        return (TGrainInterface)Reference(typeof(TGrainInterface), IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey =>
        (TGrainInterface)Reference(typeof(TGrainInterface), GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        (TGrainInterface)Reference(typeof(TGrainInterface), GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)(object)ProxyFactory.Create(typeof(TGrainInterface), silo, grainId);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(grainPrimaryKey);
        return (IGrain)Reference(grainInterfaceType, IdSpan.Create(grainPrimaryKey), null);
    }

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) =>
        (IGrain)Reference(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey), null);

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) =>
        (IGrain)Reference(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey), null);

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference or IGrainBase)
        {
            throw new ArgumentException($"{obj.GetType()} is a grain; an observer is an ordinary object.", nameof(obj));
        }

        if (RuntimeContext.Current is { } grain)
        {
            throw new InvalidOperationException($"{grain.GrainId} can't make an observer reference: only code outside of grains can.");
        }

        // A new one each time, as the real runtime has it: who subscribes again and again keeps the first.
        var target = new ObserverTarget(silo, obj);
        silo.Catalog.Add(target);
        return GetGrain<TGrainObserverInterface>(target.GrainId);
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference reference)
        {
            throw new ArgumentException($"{obj.GetType()} is no reference; pass what CreateObjectReference answered.", nameof(obj));
        }

        silo.Catalog.RemoveObserver(reference.GrainId);
    }

    private object Reference(Type interfaceType, IdSpan key, string? prefix) =>
        ProxyFactory.Create(interfaceType, silo, GrainId.Create(silo.Classes.TypeOf(interfaceType, prefix), key));
}
