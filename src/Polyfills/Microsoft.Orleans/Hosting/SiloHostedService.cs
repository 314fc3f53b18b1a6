using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Starts and stops the silo with the host.</summary>
internal sealed class SiloHostedService(
    SiloRuntime silo,
    StagedLifecycle lifecycle,
    IEnumerable<ILifecycleParticipant<ISiloLifecycle>> participants,
    IOptions<GrainTypeOptions> types) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        GrainRules.Check(types.Value);
        _ = silo.Classes;
        foreach (var participant in participants)
        {
            participant.Participate(lifecycle);
        }

        lifecycle.Subscribe("silo", ServiceLifecycleStage.RuntimeInitialize, Begin, _ => Task.CompletedTask);
        lifecycle.Subscribe("activations", ServiceLifecycleStage.BecomeActive, _ => Task.CompletedTask, DeactivateAllAsync);
        await lifecycle.StartAsync(cancellationToken);
        silo.Logger.LogInformation("Silo {Silo} has started.", silo.SiloAddress);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await lifecycle.StopAsync(cancellationToken);
        silo.Logger.LogInformation("Silo {Silo} has stopped.", silo.SiloAddress);
    }

    private Task Begin(CancellationToken token)
    {
        silo.Start();
        return Task.CompletedTask;
    }

    private Task DeactivateAllAsync(CancellationToken token)
    {
        silo.Stop();
        return silo.Catalog.DeactivateAllAsync(new(DeactivationReasonCode.ShuttingDown, "The silo stops."), token);
    }
}
