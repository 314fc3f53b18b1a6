using Orleans;
using Orleans.Runtime;

namespace Rlhf.Server.Hosting;

/// <summary>Holds a silo that stops for a moment after it has told its clients to go elsewhere. Answers of other silos to
/// what clients asked through this one's gateway come back through it; without it, those requests would time out.</summary>
internal sealed class GatewayLinger : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(3);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(GatewayLinger),
        ServiceLifecycleStage.ApplicationServices, // stopped after Active, where the clients are told, and before the messaging
        _ => Task.CompletedTask,
        patience => Task.Delay(Moment, patience));
}
