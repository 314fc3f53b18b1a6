using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Which feedback a training wants.</summary>
/// <param name="Cursor">The last ledger sequence.</param>
/// <param name="Most">How many statements at most; the newest.</param>
/// <param name="Withheld">Feedback that waits for an operator, since a version that learned from it was rolled back.</param>
/// <param name="FilteredToo">Whether what is on replies that moderation refused counts, too.</param>
/// <param name="Weigh">Whether the raters are to be weighed, which takes longer.</param>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackSelection")]
public sealed record FeedbackSelection(long Cursor, int Most, ImmutableArray<WithheldFeedback> Withheld, bool FilteredToo, bool Weigh);

/// <summary>The feedback that a training may learn from.</summary>
/// <param name="Given">What each rater says of each reply in the end, oldest first. Quarantined raters' is left out, and what is on gold questions.</param>
/// <param name="Weights">The weight of each rater's, by <see cref="RaterId"/>; empty where that wasn't asked for.</param>
/// <param name="Unreadable">Events that are left out because nobody can be named who gave them.</param>
/// <param name="Withheld">Events that are left out because they wait for an operator.</param>
/// <param name="Filtered">Events that are left out because moderation refused what they are on.</param>
/// <param name="Quarantined">Events that are left out because their raters are quarantined.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SelectedFeedback")]
public sealed record SelectedFeedback(
    ImmutableArray<GivenFeedback> Given, ImmutableDictionary<string, double> Weights, int Unreadable, int Withheld, int Filtered, int Quarantined);
