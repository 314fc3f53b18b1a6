using Rlhf.Storage;

namespace Rlhf.Grains.Raters;

/// <summary>A rater's record.</summary>
public sealed class RaterState : IExpendableState
{
    /// <summary>Thumbs up pressed.</summary>
    public long Up { get; set; }

    /// <summary>Thumbs down pressed.</summary>
    public long Down { get; set; }

    /// <summary>Thumbs taken back.</summary>
    public long Retracted { get; set; }

    /// <summary>Why the rater's thumbs are left out; null when they count.</summary>
    public string? Quarantine { get; set; }
}
