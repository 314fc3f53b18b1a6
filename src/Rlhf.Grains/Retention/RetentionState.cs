namespace Rlhf.Grains.Retention;

/// <summary>What retention keeps.</summary>
public sealed class RetentionState
{
    /// <summary>The ledger's sequence up to which no feedback is left that is too old.</summary>
    public long Cursor { get; set; }

    /// <summary>The reminder's period; zero where there is none.</summary>
    public TimeSpan RemindEvery { get; set; }
}
