using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Server.Export;

/// <summary>What is exported.</summary>
internal enum ExportFormat
{
    /// <summary>TRL's preference format: a prompt with a chosen and a rejected reply.</summary>
    Preferences,

    /// <summary>TRL's unpaired preference format: a prompt with a reply and its thumb.</summary>
    Thumbs,

    /// <summary>OpenAI's chat format: a dialogue that ends with a reply to imitate.</summary>
    Sft,
}

/// <summary>Which feedback is exported.</summary>
/// <param name="Format">In which form.</param>
/// <param name="Version">On replies of this version alone; null for all.</param>
/// <param name="Since">Given at this time or later.</param>
/// <param name="Until">Given before this time.</param>
/// <param name="Tag">With this tag.</param>
/// <param name="WithThumbs">Of preferences: also thumbs up against thumbs down on other replies to the same prompt. Of SFT data: also replies with a thumb up.</param>
/// <param name="Quarantined">Also of quarantined raters.</param>
internal sealed record ExportFilter(ExportFormat Format, string? Version, DateTimeOffset? Since, DateTimeOffset? Until, string? Tag, bool WithThumbs, bool Quarantined)
{
    /// <summary>Whether an event is of a kind that this export is made of, itself or what it takes back. What is said of gold questions is about raters and trains nothing.</summary>
    public bool Concerns(FeedbackEvent said) =>
        said is { IsFeedback: true, Filtered: null, Version: not GoldQuestion.Version, Content: null or { PartOf: null, Share: null } } && Names.AreGood(said.Rater) && said.Subject switch
        {
            FeedbackKind.Thumbs or FeedbackKind.Accepted => Format == ExportFormat.Thumbs || WithThumbs,
            FeedbackKind.Comparison => Format == ExportFormat.Preferences,
            FeedbackKind.Correction => Format is ExportFormat.Preferences or ExportFormat.Sft,
            _ => false,
        };

    /// <summary>Whether a statement that stands is wanted.</summary>
    public bool Wants(FeedbackEvent said) =>
        (Version is null || said.Version == Version) && (Since is null || said.At >= Since) && (Until is null || said.At < Until) && (Tag is null || said.Tags.Contains(Tag));
}
