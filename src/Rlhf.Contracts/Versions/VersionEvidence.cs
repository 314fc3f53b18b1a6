using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What people said of the versions: a projection of the ledger.</summary>
/// <param name="Cursor">The ledger's last sequence that is in it.</param>
/// <param name="Versions">All that was said of each version.</param>
/// <param name="Test">The canary's comparison with the live version; null where there is no canary.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionEvidence")]
public sealed record VersionEvidence(long Cursor, ImmutableDictionary<string, VersionTally> Versions, CanaryEvidence? Test)
{
    /// <summary>What was said of one version.</summary>
    public VersionTally Of(string version) => Versions.GetValueOrDefault(version, VersionTally.Empty);
}

/// <summary>What was said of two versions since one of them is a canary.</summary>
/// <param name="Test">The comparison.</param>
/// <param name="Canary">What was said of the canary.</param>
/// <param name="Live">What was said of the live version.</param>
[GenerateSerializer, Immutable, Alias("rlhf.CanaryEvidence")]
public sealed record CanaryEvidence(CanaryTest Test, VersionTally Canary, VersionTally Live);

/// <summary>What was said of a version. A conversation is one observation: the mean score of the statements on the version's replies in it.</summary>
/// <param name="ThumbsUp">Thumbs up that its replies have, those among them whose events were erased since.</param>
/// <param name="ThumbsDown">Thumbs down that its replies have, those among them whose events were erased since.</param>
/// <param name="Statements">Statements that have a score.</param>
/// <param name="Conversations">Conversations with such a statement.</param>
/// <param name="Score">The sum of the conversations' scores, each from 0 (all down) to <see cref="Unit"/> (all up). A whole number, so that a rebuild
/// comes to the same.</param>
/// <param name="Reported">Conversations with a report on one of its replies.</param>
/// <param name="Erased">What of that it may have learned from was erased; null where nothing was.</param>
/// <param name="LastErasure">The sequence of the last erasure in <paramref name="Erased"/>.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionTally")]
public sealed record VersionTally(
    long ThumbsUp, long ThumbsDown, long Statements, long Conversations, long Score, long Reported, LearnedFromErased? Erased = null, long LastErasure = 0)
{
    /// <summary>The score of a conversation that is all up.</summary>
    public const long Unit = 1_000_000;

    /// <summary>Nothing.</summary>
    public static VersionTally Empty { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Both together.</summary>
    public VersionTally Plus(VersionTally other) => this with
    {
        ThumbsUp = ThumbsUp + other.ThumbsUp,
        ThumbsDown = ThumbsDown + other.ThumbsDown,
        Statements = Statements + other.Statements,
        Conversations = Conversations + other.Conversations,
        Score = Score + other.Score,
        Reported = Reported + other.Reported,
    };

    /// <summary>This one without another that is part of it.</summary>
    public VersionTally Minus(VersionTally other) =>
        Plus(new VersionTally(-other.ThumbsUp, -other.ThumbsDown, -other.Statements, -other.Conversations, -other.Score, -other.Reported));
}
