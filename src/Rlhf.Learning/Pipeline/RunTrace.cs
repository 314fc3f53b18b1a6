using System.Diagnostics;

namespace Rlhf.Learning.Pipeline;

/// <summary>The spans of a run, under the activity source <c>Rlhf.Learning</c>: one for each stage, and in the policy's one for each iteration.</summary>
internal static class RunTrace
{
    private static readonly ActivitySource Source = new("Rlhf.Learning");

    /// <summary>Begins a stage; to be disposed at its end. Null while nobody listens.</summary>
    public static Activity? Stage(string stage) => Source.StartActivity($"train {stage}");

    /// <summary>Begins an iteration of the policy's stage.</summary>
    public static Activity? Iteration(string stage, int iteration) => Source.StartActivity($"{stage} iteration")?.SetTag("rlhf.iteration", iteration);
}
