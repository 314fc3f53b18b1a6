using System.Diagnostics.Metrics;

namespace Rlhf.Learner;

/// <summary>What became of the training jobs, and how long they took.</summary>
internal static class LearnerMeter
{
    private static readonly Meter Meter = new("Rlhf.Learner");

    private static readonly Histogram<double> Jobs = Meter.CreateHistogram(
        "rlhf.learner.job.duration",
        "s",
        "Training jobs from their start to their end.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800] });

    /// <summary>Takes note that a job ended: <c>published</c>, <c>rejected</c> or <c>failed</c>.</summary>
    public static void Ended(string outcome, double seconds) => Jobs.Record(seconds, new KeyValuePair<string, object?>("rlhf.outcome", outcome));
}
