using System.Threading.Channels;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner;

/// <summary>Carries a run's progress to the learner's grain: one call at a time, only the newest report, so that a
/// fast run never queues calls up.</summary>
/// <remarks>A learner that was cut off hears here, once it is back, that its job is another's by now.</remarks>
internal sealed class ProgressReports : IProgress<TrainingProgress>, IAsyncDisposable
{
    private readonly Channel<TrainingProgress> _newest = Channel.CreateBounded<TrainingProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _sending;

    /// <param name="learner">The learner's grain.</param>
    /// <param name="job">The job.</param>
    /// <param name="superseded">Called when the job is another's by now.</param>
    public ProgressReports(ILearnerGrain learner, TrainingJob job, Action superseded) => _sending = SendAsync(learner, job, superseded);

    public void Report(TrainingProgress value) => _newest.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        _newest.Writer.Complete();
        await _sending;
    }

    private async Task SendAsync(ILearnerGrain learner, TrainingJob job, Action superseded)
    {
        await foreach (var progress in _newest.Reader.ReadAllAsync())
        {
            try
            {
                if (!await learner.ReportAsync(job.Id, job.Claim, progress.Stage, progress.Step, progress.Steps, Figures.Finite(progress.Metrics)))
                {
                    superseded();
                }
            }
            catch (Exception)
            {
                // progress is for onlookers; the run's end is reported apart and insists
            }
        }
    }
}
