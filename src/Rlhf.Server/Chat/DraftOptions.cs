using System.ComponentModel.DataAnnotations;

namespace Rlhf.Server.Chat;

/// <summary>Second drafts, and replies that are suggested. Section <c>Drafts</c> of the configuration.</summary>
public sealed class DraftOptions
{
    /// <summary>The part of the turns with <c>metadata.draft</c> <c>"auto"</c> that get a second draft: those on whose first the reward ensemble disagrees most; where there is no
    /// reward model, any.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 1.0)]
    public double Share { get; set; } = 0.1;

    /// <summary>How long an answer may wait to hear how far the ensemble disagrees; after it a second draft is a matter of chance.</summary>
    /// <value>The default value is 2 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:20")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The replies that are drawn for a suggestion, of which the best is given, where the live version has a reward model.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 128)]
    public int SuggestionBestOf { get; set; } = 4;
}
