using Orleans;
using Rlhf.Grains;
using Rlhf.Grains.Versions;

namespace Rlhf.Server.Learner;

/// <summary>Has a training under way give up what was erased before the erasure is answered.</summary>
internal sealed partial class TrainingErasure(IGrainFactory grains, CatalogCache catalog, TimeProvider time, ILogger<TrainingErasure> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Returns when no job's folder holds what was erased. A learner that does not answer keeps nobody waiting: it does the same when it wakes.</summary>
    public async Task ForgetAsync()
    {
        try
        {
            await grains.Learner(catalog.Current.Model).ForgetAsync().WaitAsync(Patience, time);
        }
        catch (Exception error)
        {
            LogUnanswered(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The learner did not answer an erasure: until it wakes, the folder of an unfinished training job may hold what was erased")]
    private partial void LogUnanswered(Exception error);
}
