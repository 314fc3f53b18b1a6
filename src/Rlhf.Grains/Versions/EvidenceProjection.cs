using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <summary>The versions' evidence as a function of the ledger's entries: from the cursor on, or all anew. Both come to the same.</summary>
internal sealed class EvidenceProjection(IFeedbackLedger ledger, FeedbackOptions options)
{
    private static readonly VersionEvidence Nothing = new(0, ImmutableDictionary<string, VersionTally>.Empty, Test: null);

    /// <summary>Reads on from the evidence's cursor. What an entry changes is what its conversation says with it less what it said without, so that nothing
    /// about single statements has to be kept.</summary>
    /// <returns>The evidence up to the ledger's end; null where something was erased, so that it has to be computed anew.</returns>
    public async Task<VersionEvidence?> ReadOnAsync(VersionEvidence evidence, CanaryTest? test, CancellationToken cancellationToken)
    {
        var (cursor, tallies) = (evidence.Cursor, new Tallies(evidence.Versions));
        var touched = new HashSet<string>();
        await foreach (var (sequence, said) in ledger.ReadAsync(evidence.Cursor, cancellationToken))
        {
            if (said.Erasure is not null)
            {
                return null;
            }

            cursor = sequence;
            tallies.Count(said);
            if (CompletionId.TryParse(said.CompletionId, out var conversation, out _))
            {
                touched.Add(conversation);
            }
        }

        var goesOn = test is not null && evidence.Test?.Test == test;
        var tested = new Tallies(goesOn ? Both(evidence.Test!) : []);
        foreach (var conversation in touched)
        {
            var said = await ReadAsync(conversation, cancellationToken);
            tallies.Remove(ConversationTally.Of(said, after: 0, evidence.Cursor));
            tallies.Add(ConversationTally.Of(said, after: 0, cursor));
            if (goesOn)
            {
                tested.Remove(ConversationTally.Of(said, test!.After, evidence.Cursor));
                tested.Add(ConversationTally.Of(said, test.After, cursor));
            }
        }

        if (test is not null && !goesOn)
        {
            await BeginTestAsync(tested, test, cursor, cancellationToken);
        }

        return new VersionEvidence(cursor, tallies.ToImmutable(), Tested(test, tested));
    }

    /// <summary>Computes the evidence from the ledger's start.</summary>
    /// <param name="origins">The versions there are.</param>
    /// <param name="test">The canary's test.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<VersionEvidence> RebuildAsync(IReadOnlyDictionary<string, VersionOrigin> origins, CanaryTest? test, CancellationToken cancellationToken)
    {
        var (cursor, tallies) = (0L, new Tallies(Nothing.Versions));
        var conversations = new Dictionary<string, List<ScoredStatement>>();
        var erasures = new List<(long Sequence, DateTimeOffset At, Erasure Erasure)>();
        await foreach (var entry in ledger.ReadAsync(after: 0, cancellationToken))
        {
            cursor = entry.Sequence;
            tallies.Count(entry.Event);
            if (entry.Event.Erasure is { } erasure)
            {
                erasures.Add((entry.Sequence, entry.Event.At, erasure));
            }
            else if (ScoredStatement.Of(entry, options) is { } statement && CompletionId.TryParse(entry.Event.CompletionId, out var conversation, out _))
            {
                if (!conversations.TryGetValue(conversation, out var said))
                {
                    conversations[conversation] = said = [];
                }

                said.Add(statement);
            }
        }

        // What an erasure names counts no more, even where it is not overwritten yet.
        var erased = erasures.SelectMany(one => one.Erasure.Sequences()).ToHashSet();
        var tested = new Tallies([]);
        foreach (var said in conversations.Values)
        {
            said.RemoveAll(statement => erased.Contains(statement.Sequence));
            tallies.Add(ConversationTally.Of(said, after: 0, cursor));
            if (test is not null)
            {
                tested.Add(ConversationTally.Of(said, test.After, cursor));
            }
        }

        foreach (var (version, origin) in origins)
        {
            var (marked, last) = MarkOf(origin, erasures);
            tallies.Mark(version, marked, last);
        }

        return new VersionEvidence(cursor, tallies.ToImmutable(), Tested(test, tested));
    }

    /// <summary>Which prompts a version practised on nobody knows any more: those of all turns that were there may be among them.</summary>
    private static (LearnedFromErased? Marked, long Last) MarkOf(VersionOrigin origin, IEnumerable<(long Sequence, DateTimeOffset At, Erasure Erasure)> erasures)
    {
        var (marked, last) = ((LearnedFromErased?)null, 0L);
        foreach (var (sequence, at, erasure) in erasures.Where(one => origin.JobId is not null && one.Sequence > origin.CollectedAt))
        {
            var events = erasure.EventsUpTo(origin.Cursor);
            var turns = erasure.OldestTurn <= origin.CreatedAt ? erasure.Turns : 0;
            if (events + turns > 0)
            {
                marked = new LearnedFromErased((marked?.Events ?? 0) + events, (marked?.Turns ?? 0) + turns, at);
                last = sequence;
            }
        }

        return (marked, last);
    }

    private async Task BeginTestAsync(Tallies tested, CanaryTest test, long cursor, CancellationToken cancellationToken)
    {
        var touched = new HashSet<string>();
        await foreach (var (sequence, said) in ledger.ReadAsync(test.After, cancellationToken))
        {
            if (sequence <= cursor && CompletionId.TryParse(said.CompletionId, out var conversation, out _) && touched.Add(conversation))
            {
                tested.Add(ConversationTally.Of(await ReadAsync(conversation, cancellationToken), test.After, cursor));
            }
        }
    }

    private async Task<List<ScoredStatement>> ReadAsync(string conversation, CancellationToken cancellationToken) =>
        [.. (await ledger.ReadConversationAsync(conversation, cancellationToken)).Select(entry => ScoredStatement.Of(entry, options)).OfType<ScoredStatement>()];

    private static CanaryEvidence? Tested(CanaryTest? test, Tallies tested) => test is null ? null : new CanaryEvidence(test, tested.Of(test.Canary), tested.Of(test.Live));

    private static Dictionary<string, VersionTally> Both(CanaryEvidence evidence) => new()
    {
        [evidence.Test.Canary] = evidence.Canary,
        [evidence.Test.Live] = evidence.Live,
    };
}
