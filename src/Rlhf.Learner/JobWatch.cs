using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;

namespace Rlhf.Learner;

/// <summary>Wakes the learner at the start and every now and then: a grain whose silo died is called back to life by
/// somebody's call, and a job that waits for its silo must not wait for the next thumb.</summary>
internal sealed partial class JobWatch(
    IGrainFactory grains,
    CatalogCache catalog,
    TrainingService training,
    IOptions<LearnerSchedule> schedule,
    TimeProvider time,
    ILogger<JobWatch> log) : BackgroundService
{
    private ILearnerGrain Learner => grains.Learner(catalog.Current.Model);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Learner.WakeAsync(cancellationToken);
        await ClearLeftoversAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(schedule.Value.WakeEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Learner.WakeAsync(stoppingToken);
                await ClearLeftoversAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnreachable(error);
            }
        }
    }

    /// <summary>What people said stays in no folder of a job that has ended, here or elsewhere; what was erased in none of one that went on elsewhere.</summary>
    private async Task ClearLeftoversAsync(CancellationToken cancellationToken)
    {
        if (training.Leftovers() is { Count: > 0 } leftovers)
        {
            var running = (await Learner.GetAsync(cancellationToken)).Job;
            foreach (var job in leftovers.Where(job => job != running?.Id))
            {
                training.Clear(job);
            }

            if (running is not null && leftovers.Contains(running.Id))
            {
                await training.ForgetErasedAsync(running, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The learner could not be woken; trying again")]
    private partial void LogUnreachable(Exception error);
}
