namespace Rlhf.Grains.Serving;

/// <summary>This silo as a place that serves: the key of its serving grain.</summary>
/// <param name="Id">Unlike every other silo's, and new with every start, so that the grain is placed where its weights are.</param>
public sealed record Replica(string Id)
{
    /// <summary>The replica that this process is.</summary>
    public static Replica OfThisProcess() => new($"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");
}
