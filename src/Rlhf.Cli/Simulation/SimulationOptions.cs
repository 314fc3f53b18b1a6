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

    /// <summary>The share of the feedback that an AI judge gives in the raters' place.</summary>
    public double Judged { get; init; }

    /// <summary>On which share of the base model's replies that judge agrees with the raters' taste.</summary>
    public double JudgeAgreement { get; init; } = 0.8;

    /// <summary>How much of each round's feedback the judge gives.</summary>
    public int JudgedReplies => (int)(Feedback * Judged);

    /// <summary>Whether the judge labels the chat of this place in a round; its chats lie evenly among the others.</summary>
    public bool IsJudged(int chat) => (int)((chat + 1) * Judged) > (int)(chat * Judged);

    /// <summary>Chats in flight at once.</summary>
    public int Parallel { get; init; } = 24;
}
