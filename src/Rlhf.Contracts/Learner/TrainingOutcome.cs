using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>How a training job ended.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Version">The version that it made.</param>
/// <param name="Outcome"><c>published</c>, <c>rejected</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Seconds">From its start to its end, time spent dead included.</param>
/// <param name="Metrics">Its last figures.</param>
[GenerateSerializer, Immutable, Alias("rlhf.TrainingOutcome")]
public sealed record TrainingOutcome(
    string JobId,
    string Version,
    string Outcome,
    string Reason,
    double Seconds,
    ImmutableDictionary<string, double> Metrics);
