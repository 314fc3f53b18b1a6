using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A training job as the learner keeps it.</summary>
/// <param name="Id">The job's id; also names its checkpoint folder.</param>
/// <param name="Version">The version that it makes.</param>
/// <param name="Parent">The version that was live when it began.</param>
/// <param name="Trigger">What started it.</param>
/// <param name="Seed">The seed of every random choice in it.</param>
/// <param name="Cursor">The last ledger sequence that it learns from.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Stage">What it is doing: <see cref="Queued"/>, then the stages of the run.</param>
/// <param name="Step">Steps of this stage done.</param>
/// <param name="Steps">Steps that this stage has; 0 while that is not known.</param>
/// <param name="Metrics">The last figures it reported.</param>
/// <param name="Claim">The token under which the store takes its version; grows each time the job is taken up anew.</param>
[GenerateSerializer, Immutable, Alias("rlhf.TrainingJob")]
public sealed record TrainingJob(
    string Id,
    string Version,
    string Parent,
    TrainingTrigger Trigger,
    long Seed,
    long Cursor,
    DateTimeOffset StartedAt,
    string Stage,
    int Step,
    int Steps,
    ImmutableDictionary<string, double> Metrics,
    long Claim)
{
    /// <summary>The stage of a job that waits for its thread and for what it learns from.</summary>
    public const string Queued = "queued";
}
