using Rlhf.Storage;

namespace Rlhf.Grains.Retention;

/// <summary>What retention keeps.</summary>
public sealed class RetentionState : IExpendableState
{
    /// <summary>The ledger's sequence up to which no feedback is left that is too old.</summary>
    public long Cursor { get; set; }

    /// <summary>The reminder's period; zero where there is none.</summary>
    public TimeSpan RemindEvery { get; set; }

    /// <summary>Up to where by the time they were opened conversations were asked in two passes.</summary>
    public DateTimeOffset OpenedTo { get; set; }

    /// <summary>Up to where they were asked in the last pass.</summary>
    public DateTimeOffset OpenedBefore { get; set; }
}
