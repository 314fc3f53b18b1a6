using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>Tallies by version that are added up.</summary>
internal sealed class Tallies
{
    private readonly Dictionary<string, VersionTally> _tallies;

    /// <summary>Goes on from tallies.</summary>
    public Tallies(IEnumerable<KeyValuePair<string, VersionTally>> from) => _tallies = new(from);

    /// <summary>Adds what a conversation has.</summary>
    public void Add(IReadOnlyDictionary<string, VersionTally> conversation) => Change(conversation, (tally, change) => tally.Plus(change));

    /// <summary>Takes away what a conversation had.</summary>
    public void Remove(IReadOnlyDictionary<string, VersionTally> conversation) => Change(conversation, (tally, change) => tally.Minus(change));

    /// <summary>Counts the thumbs of an event. Each says what it replaces, and both outlive its erasure.</summary>
    public void Count(FeedbackEvent said)
    {
        if (said.Version.Length > 0 && (said.Up, said.Replaces) is not (null, null))
        {
            var change = VersionTally.Empty with
            {
                ThumbsUp = Side(said.Up, true) - Side(said.Replaces, true),
                ThumbsDown = Side(said.Up, false) - Side(said.Replaces, false),
            };
            _tallies[said.Version] = _tallies.GetValueOrDefault(said.Version, VersionTally.Empty).Plus(change);
        }

        static int Side(bool? thumb, bool side) => thumb == side ? 1 : 0;
    }

    /// <summary>Says what of that a version may have learned from was erased.</summary>
    public void Mark(string version, LearnedFromErased? erased, long sequence)
    {
        if (erased is not null)
        {
            _tallies[version] = _tallies.GetValueOrDefault(version, VersionTally.Empty) with { Erased = erased, LastErasure = sequence };
        }
    }

    /// <summary>The tally of one version.</summary>
    public VersionTally Of(string version) => _tallies.GetValueOrDefault(version, VersionTally.Empty);

    /// <summary>All of them that say anything.</summary>
    public ImmutableDictionary<string, VersionTally> ToImmutable() => _tallies.Where(tally => tally.Value != VersionTally.Empty).ToImmutableDictionary();

    private void Change(IReadOnlyDictionary<string, VersionTally> conversation, Func<VersionTally, VersionTally, VersionTally> change)
    {
        foreach (var (version, tally) in conversation)
        {
            _tallies[version] = change(_tallies.GetValueOrDefault(version, VersionTally.Empty), tally);
        }
    }
}
