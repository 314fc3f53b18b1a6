using System.Net;
using Microsoft.AspNetCore.Connections;
using Orleans.Hosting;

namespace Rlhf.Server.Hosting;

/// <summary>Chooses what a silo listens by. Orleans keeps a factory of listeners for silos and one for clients, under keys
/// of its own.</summary>
internal static class SiloListening
{
    public static ISiloBuilder ListenBy(this ISiloBuilder silo, Func<IServiceProvider, IConnectionListenerFactory> listeners)
    {
        foreach (var ofOrleans in silo.Services.Where(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory)).ToList())
        {
            silo.Services.Remove(ofOrleans);
            silo.Services.AddKeyedSingleton(ofOrleans.ServiceKey, (services, _) => listeners(services));
        }

        return silo;
    }

    /// <summary>A silo that is alone listens to nobody: no port, which another program might have.</summary>
    public static ISiloBuilder ListenToNobody(this ISiloBuilder silo) => silo.ListenBy(_ => new Nobody());

    private sealed class Nobody : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(endpoint));
    }

    private sealed class Listener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_unbound.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
