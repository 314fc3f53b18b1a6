using System.Threading.Channels;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Learning.Runs;

namespace Rlhf.Grains.Learner;

/// <summary>Carries a run's progress to the learner's grain: one call at a time, only the newest report, so that a
/// fast run never queues calls up.</summary>
internal sealed class ProgressReports : IProgress<TrainingProgress>, IAsyncDisposable
{
    private readonly Channel<TrainingProgress> _newest = Channel.CreateBounded<TrainingProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _sending;

    public ProgressReports(ILearnerGrain learner, string jobId) => _sending = SendAsync(learner, jobId);

    public void Report(TrainingProgress value) => _newest.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        _newest.Writer.Complete();
        await _sending;
    }

    private async Task SendAsync(ILearnerGrain learner, string jobId)
    {
        await foreach (var progress in _newest.Reader.ReadAllAsync())
        {
            try
            {
                await learner.ReportAsync(jobId, progress.Stage, progress.Step, progress.Steps, Figures.Finite(progress.Metrics));
            }
            catch (Exception)
            {
                // progress is for onlookers; the run's end is reported apart and insists
            }
        }
    }
}
