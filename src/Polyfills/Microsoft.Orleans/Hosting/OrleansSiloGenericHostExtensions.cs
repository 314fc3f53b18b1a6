using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Timers;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a host a silo.</summary>
public static class OrleansSiloGenericHostExtensions
{
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleans(_ => { });

    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        var services = hostAppBuilder.Services;
        if (services.All(s => s.ServiceType != typeof(SiloRuntime)))
        {
            AddSilo(services);
        }

        configureDelegate(new SiloBuilder(services, hostAppBuilder.Configuration));
        return hostAppBuilder;
    }

    public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleans(_ => { });

    public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ((IHostApplicationBuilder)hostAppBuilder).UseOrleans(configureDelegate);
        return hostAppBuilder;
    }

    private static void AddSilo(IServiceCollection services)
    {
        services.AddLogging();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SiloRuntime>();
        services.AddSingleton<IGrainRuntime>(sp => sp.GetRequiredService<SiloRuntime>());
        services.AddSingleton<ILocalSiloDetails, LocalSiloDetails>();
        services.AddSingleton<IClusterClient>(sp => sp.GetRequiredService<SiloRuntime>().Factory);
        services.AddSingleton<IGrainFactory>(sp => sp.GetRequiredService<SiloRuntime>().Factory);
        services.AddSingleton<ITimerRegistry, TimerRegistry>();
        services.AddSingleton<IGrainContextAccessor, GrainContextAccessor>();
        services.AddSingleton(sp => new StagedLifecycle(sp.GetRequiredService<SiloRuntime>().Logger));
        services.AddSingleton<ISiloLifecycle>(sp => sp.GetRequiredService<StagedLifecycle>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, Housekeeping>();
        services.AddOptions<GrainTypeOptions>().Configure(ApplicationTypes.AddTo);
        services.AddHostedService<SiloHostedService>();
    }
}
