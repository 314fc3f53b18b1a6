using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Timers;

namespace Orleans.Runtime;

/// <summary>The one silo of this process: what its parts share.</summary>
internal sealed class SiloRuntime : IGrainRuntime
{
    private volatile bool _running;
    private GrainClasses? _classes;
    private CallRouter? _calls;

    public SiloRuntime(
        IServiceProvider services,
        ILocalSiloDetails details,
        TimeProvider time,
        IOptions<GrainCollectionOptions> collection,
        ILoggerFactory loggers)
    {
        Services = services;
        SiloAddress = details.SiloAddress;
        Time = time;
        Collection = collection.Value;
        Logger = loggers.CreateLogger("Orleans.Runtime");
        Clock = new SiloClock(time);
        Catalog = new Catalog(this);
        Factory = new GrainFactory(this);
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public GrainCollectionOptions Collection { get; }

    public ILogger Logger { get; }

    public SiloClock Clock { get; }

    public Catalog Catalog { get; }

    public GrainFactory Factory { get; }

    public GrainClasses Classes => _classes ??= new GrainClasses(Options<GrainTypeOptions>(), Collection);

    public CallRouter Calls => _calls ??= new CallRouter(this, Options<SiloMessagingOptions>().ResponseTimeout);

    public SiloAddress SiloAddress { get; }

    public string SiloIdentity => SiloAddress.ToString();

    IGrainFactory IGrainRuntime.GrainFactory => Factory;

    IServiceProvider IGrainRuntime.ServiceProvider => Services;

    ITimerRegistry IGrainRuntime.TimerRegistry => Services.GetRequiredService<ITimerRegistry>();

    public void Start() => _running = true;

    /// <summary>No grain is activated from now on; those that are active still answer until they go.</summary>
    public void Stop() => _running = false;

    public void ThrowIfNotRunning(GrainId id)
    {
        if (!_running)
        {
            throw new SiloUnavailableException($"{id} can't be activated: the silo has not started yet, or is stopping.");
        }
    }

    public void DeactivateOnIdle(IGrainContext grainContext) =>
        grainContext.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "The grain asked for it."));

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => ((Activation)grainContext).DelayDeactivation(timeSpan);

    public void LogOneWayFailure(Exception error, string call) => Logger.LogWarning(error, "{Call} failed; being one-way, its caller does not learn of it.", call);

    private T Options<T>()
        where T : class => Services.GetRequiredService<IOptions<T>>().Value;
}
