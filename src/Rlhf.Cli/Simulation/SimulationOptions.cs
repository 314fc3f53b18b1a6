namespace Rlhf.Cli.Simulation;

/// <summary>What to simulate.</summary>
internal sealed record SimulationOptions
{
    /// <summary>How often the model is trained.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Pieces of feedback given before each training.</summary>
    public int Feedback { get; init; } = 400;

    /// <summary>What they are.</summary>
    public FeedbackKind Kind { get; init; } = FeedbackKind.Thumbs;

    /// <summary>The probability that a rater says the opposite.</summary>
    public double Noise { get; init; } = 0.25;

    /// <summary>Seed of everything the simulation draws, the replies' seeds included.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many people share the work.</summary>
    public int Raters { get; init; } = 40;

    /// <summary>Held-out prompts that base and every round are measured on.</summary>
    public int HeldOut { get; init; } = 1536;

    /// <summary>Replies that the last version's best is chosen among, measured beside its only one; 1 leaves that out.</summary>
    public int BestOf { get; init; } = 1;

    /// <summary>Chats in flight at once.</summary>
    public int Parallel { get; init; } = 24;
}
