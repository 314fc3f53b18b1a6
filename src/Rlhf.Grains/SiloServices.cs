using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Runtime;

namespace Rlhf.Grains;

/// <summary>Services that start and stop with the silo, in the order of its stages, and not with the host: the silo has not started
/// before they have, and is whole until they have stopped.</summary>
public static class SiloServices
{
    /// <summary>Where the silo's subscription to the catalogue begins, which checks that the silo's model is the cluster's.</summary>
    internal const int Subscribed = ServiceLifecycleStage.Active;

    /// <summary>Where work begins that needs a silo whose model is the cluster's.</summary>
    public const int Working = Subscribed + 1;

    /// <summary>What comes last at the start and first at the end: the silo takes nothing more, and finishes what it took.</summary>
    internal const int Serving = Working + 1;

    /// <summary>Adds a service that lives in the silo's lifecycle.</summary>
    /// <typeparam name="T">The service; its other users get the same one.</typeparam>
    /// <param name="services">The silo's services.</param>
    /// <param name="stage">The stage at which it starts and stops.</param>
    public static IServiceCollection AddSiloService<T>(this IServiceCollection services, int stage)
        where T : class, IHostedService
    {
        services.TryAddSingleton<T>();
        return services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => new Participant<T>(provider, stage));
    }

    // The service is made when the silo starts, not with the silo, whose parts it may ask for.
    private sealed class Participant<T>(IServiceProvider services, int stage) : ILifecycleParticipant<ISiloLifecycle>
        where T : class, IHostedService
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(typeof(T).Name, stage, StartAsync, StopAsync);

        private Task StartAsync(CancellationToken cancellationToken) => services.GetRequiredService<T>().StartAsync(cancellationToken);

        private async Task StopAsync(CancellationToken cancellationToken)
        {
            try
            {
                await services.GetRequiredService<T>().StopAsync(cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                // A host that could not start, because its port is taken for example, is disposed of without being stopped: its silo
                // stops then, after the service is gone.
            }
        }
    }
}
