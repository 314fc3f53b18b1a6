using Microsoft.Extensions.Hosting;

namespace Rlhf.Storage.Tables;

/// <summary>Reaches the tables before the host starts anything that needs them, so that an account that can't be used
/// ends the start with one sentence about it.</summary>
internal sealed class TablesAtStart(TableAccount account) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => account.ReachAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
