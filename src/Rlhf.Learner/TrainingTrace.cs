using System.Diagnostics;
using Rlhf.Contracts;

namespace Rlhf.Learner;

/// <summary>The span of a training job on this process, under the activity source <c>Rlhf.Learner</c>; the run's stages are below it.</summary>
internal static class TrainingTrace
{
    private static readonly ActivitySource Source = new("Rlhf.Learner");

    /// <summary>Begins a trace of its own, which outlives the request that asked for the job and only refers to it. Null while nobody listens.</summary>
    public static Activity? Begin(TrainingJob job)
    {
        var cause = Activity.Current;
        Activity.Current = null;
        ActivityLink[] links = cause is { IdFormat: ActivityIdFormat.W3C } ? [new ActivityLink(cause.Context)] : [];
        return Source.StartActivity("train", ActivityKind.Internal, parentContext: default, links: links)?
            .SetTag("rlhf.version", job.Version)
            .SetTag("rlhf.version.parent", job.Parent)
            .SetTag("rlhf.trigger", job.Trigger.ToString().ToLowerInvariant());
    }

    /// <summary>Says of a job's span that it failed.</summary>
    public static void Failed(Activity? span, Exception error) => span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.GetType().FullName);
}
