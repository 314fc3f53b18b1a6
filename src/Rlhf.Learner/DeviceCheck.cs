using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Torch;

namespace Rlhf.Learner;

/// <summary>Makes sure that this process can train: an operator is told when it starts, not when there is something to learn. libtorch is loaded
/// while everything else starts.</summary>
internal sealed class DeviceCheck(LearnerOptions options, IOptions<LearnerSchedule> schedule) : IHostedLifecycleService
{
    private Task _opened = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (schedule.Value.Enabled)
        {
            _opened = Task.Factory.StartNew(() => LearnerDevice.Open(options.Device), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="TorchUnavailableException">This process can't train.</exception>
    public Task StartedAsync(CancellationToken cancellationToken) => _opened;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Where the start failed meanwhile: a process that ends while libtorch works takes its tables from under it, and aborts.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken) => await _opened.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
