namespace Rlhf.Grains.Raters;

/// <summary>A rater's record.</summary>
public sealed class RaterState
{
    /// <summary>Thumbs up pressed.</summary>
    public long Up { get; set; }

    /// <summary>Thumbs down pressed.</summary>
    public long Down { get; set; }

    /// <summary>Thumbs taken back.</summary>
    public long Retracted { get; set; }

    /// <summary>Times that another rater of the same reply said the same.</summary>
    public long Agreed { get; set; }

    /// <summary>Times that another rater of the same reply said the opposite.</summary>
    public long Disagreed { get; set; }

    /// <summary>Why the rater's thumbs are left out; null when they count.</summary>
    public string? Quarantine { get; set; }
}
