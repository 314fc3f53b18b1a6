using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>What one webhook endpoint is told, keyed <c>model:name</c>. It reads the feedback ledger and the learner's outcomes from durable cursors on, and moves them when the
/// endpoint has taken what comes next: nothing is lost, and what a crash interrupts is sent again under the same id.</summary>
[Alias("rlhf.IWebhookGrain")]
public interface IWebhookGrain : IGrainWithStringKey
{
    /// <summary>Begins to deliver, from now on where the endpoint is new, unless that goes on already. To be called every now and then.</summary>
    [Alias("Wake")]
    Task WakeAsync(CancellationToken cancellationToken = default);

    /// <summary>How far the endpoint is.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<WebhookStatus> GetAsync(CancellationToken cancellationToken = default);
}
