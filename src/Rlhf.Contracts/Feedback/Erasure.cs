using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What an erasure took. The ledger keeps it as an event, so that a gap in its content is explained by the chain itself; it names nobody.</summary>
/// <param name="Reason">Why: <see cref="OfConversation"/>, <see cref="OfUser"/> or <see cref="Retention"/>.</param>
/// <param name="Ranges">The ledger's entries that were erased, in order.</param>
/// <param name="Turns">How many turns were deleted with them.</param>
/// <param name="OldestTurn">When the oldest of those turns was stored; null where there were none.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Erasure")]
public sealed record Erasure(string Reason, ImmutableArray<SequenceRange> Ranges, int Turns, DateTimeOffset? OldestTurn)
{
    /// <summary>A conversation was deleted.</summary>
    public const string OfConversation = "conversation";

    /// <summary>All that was kept of a user was deleted.</summary>
    public const string OfUser = "user";

    /// <summary>It was older than is kept.</summary>
    public const string Retention = "retention";

    /// <summary>Every entry that was erased.</summary>
    public IEnumerable<long> Sequences()
    {
        foreach (var range in Ranges)
        {
            for (var sequence = range.First; sequence <= range.Last; sequence++)
            {
                yield return sequence;
            }
        }
    }

    /// <summary>How many of the erased entries come at or before a cursor.</summary>
    public long EventsUpTo(long cursor) => Ranges.Sum(range => Math.Max(0, Math.Min(range.Last, cursor) - range.First + 1));
}

/// <summary>Entries of the ledger that follow each other.</summary>
/// <param name="First">The first one's sequence.</param>
/// <param name="Last">The last one's sequence.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SequenceRange")]
public sealed record SequenceRange(long First, long Last)
{
    /// <summary>The fewest ranges that hold some sequences and no others.</summary>
    public static ImmutableArray<SequenceRange> Of(IEnumerable<long> sequences)
    {
        var ranges = ImmutableArray.CreateBuilder<SequenceRange>();
        foreach (var sequence in sequences.Distinct().Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == sequence - 1)
            {
                ranges[^1] = ranges[^1] with { Last = sequence };
            }
            else
            {
                ranges.Add(new SequenceRange(sequence, sequence));
            }
        }

        return ranges.ToImmutable();
    }
}
