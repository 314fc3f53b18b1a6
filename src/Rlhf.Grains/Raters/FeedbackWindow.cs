using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Raters;

/// <summary>
/// The ledger's newest entries without their texts, and the cursor behind them. They depend on nothing but the ledger: entries are taken in order, what an
/// erasure names goes, and the oldest leave in whole segments. Full segments are kept in the store, so that a restart reads on and not anew; what is missing
/// there is read from the ledger.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="segments">Where full segments are kept.</param>
/// <param name="most">How many entries are kept, up to a segment more.</param>
internal sealed class FeedbackWindow(IFeedbackLedger ledger, WindowSegments segments, int most)
{
    private SortedDictionary<long, List<WindowEntry>> _segments = [];
    private bool _opened;

    /// <summary>The last ledger sequence that was taken.</summary>
    public long Cursor { get; private set; }

    /// <summary>How many entries there are.</summary>
    public int Count => _segments.Values.Sum(segment => segment.Count);

    /// <summary>The entries, newest first.</summary>
    public IEnumerable<WindowEntry> Newest => _segments.Reverse().SelectMany(segment => segment.Value.AsEnumerable().Reverse());

    /// <summary>The oldest segment that a window with a cursor has.</summary>
    private long Oldest(long cursor) => Math.Max(0, cursor - most) / WindowSegments.Size;

    /// <summary>Reads on to the ledger's end.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!_opened)
        {
            await OpenAsync(cancellationToken);
            _opened = true;
        }

        await foreach (var entry in ledger.ReadAsync(Cursor, cancellationToken))
        {
            await TakeAsync(entry, cancellationToken);
        }
    }

    /// <summary>Reads everything from the ledger again.</summary>
    /// <returns>How many stored segments were missing or different; they are written anew.</returns>
    public async Task<int> RebuildAsync(CancellationToken cancellationToken)
    {
        var read = new FeedbackWindow(ledger, segments, most);
        var first = Oldest(await ledger.LastSequenceAsync(cancellationToken));
        read.Cursor = first * WindowSegments.Size;
        await foreach (var entry in ledger.ReadAsync(read.Cursor, cancellationToken))
        {
            read.Add(entry);
        }

        var mended = 0;
        for (var segment = first; segment < read.Cursor / WindowSegments.Size; segment++)
        {
            var made = Stored(read._segments.GetValueOrDefault(segment, []));
            var kept = await segments.ReadAsync(segment, cancellationToken);
            if (kept is null || !segments.AreSame(kept, made))
            {
                await segments.WriteAsync(segment, made, cancellationToken);
                mended++;
            }
        }

        foreach (var left in _segments.Keys.Where(segment => segment < first).ToList())
        {
            await segments.ClearAsync(left, cancellationToken);
        }

        (_segments, Cursor, _opened) = (read._segments, read.Cursor, true);
        return mended;
    }

    /// <summary>Loads the stored segments up to the first that is missing; the ledger has the rest.</summary>
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var last = await ledger.LastSequenceAsync(cancellationToken);
        var (first, complete) = (Oldest(last), last / WindowSegments.Size);
        Cursor = first * WindowSegments.Size;
        foreach (var batch in Range(first, complete).Chunk(WindowSegments.AtOnce))
        {
            var stored = await Task.WhenAll(batch.Select(segment => segments.ReadAsync(segment, cancellationToken)));
            foreach (var (segment, given) in batch.Zip(stored))
            {
                if (given is null)
                {
                    await EraseNamedAsync(cancellationToken);
                    return;
                }

                _segments[segment] = [.. given.Select(WindowEntry.Of)];
                Cursor = (segment + 1) * WindowSegments.Size;
            }
        }

        await EraseNamedAsync(cancellationToken);
    }

    /// <summary>Finishes erasures that a crash interrupted.</summary>
    private async Task EraseNamedAsync(CancellationToken cancellationToken)
    {
        foreach (var erasure in Newest.Select(entry => entry.Said.Erasure).OfType<Erasure>().ToList())
        {
            await EraseAsync(erasure, cancellationToken);
        }
    }

    private async Task TakeAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Event.Erasure is { } erasure)
        {
            await EraseAsync(erasure, cancellationToken);
        }

        if (entry.Sequence % WindowSegments.Size == 0)
        {
            var segment = SegmentOf(entry.Sequence); // full with this entry; should the write fail, the entry is taken again
            await segments.WriteAsync(segment, Stored([.. _segments.GetValueOrDefault(segment, []), .. Kept(entry)]), cancellationToken);
        }

        Add(entry);
        var oldest = Oldest(Cursor);
        foreach (var left in _segments.Keys.TakeWhile(segment => segment < oldest).ToList())
        {
            await segments.ClearAsync(left, cancellationToken);
            _segments.Remove(left);
        }
    }

    private void Add(LedgerEntry entry)
    {
        foreach (var given in Kept(entry))
        {
            var segment = SegmentOf(entry.Sequence);
            (_segments.TryGetValue(segment, out var list) ? list : _segments[segment] = []).Add(given);
        }

        Cursor = entry.Sequence;
    }

    /// <summary>What is kept of an entry: of those that an erasure left, and of a comparison's parts, nothing.</summary>
    private static IEnumerable<WindowEntry> Kept(LedgerEntry entry) =>
        entry.Event is { Kind: FeedbackKind.Erased } or { Content.PartOf: not null } ? [] : [WindowEntry.Of(GivenFeedback.Of(entry.Sequence, entry.Event))];

    private static List<GivenFeedback> Stored(IEnumerable<WindowEntry> entries) => [.. entries.Select(entry => entry.Given)];

    private static long SegmentOf(long sequence) => (sequence - 1) / WindowSegments.Size;

    private async Task EraseAsync(Erasure erasure, CancellationToken cancellationToken)
    {
        var named = erasure.Sequences().ToHashSet();
        foreach (var (segment, given) in _segments.ToList())
        {
            var left = given.Where(entry => !named.Contains(entry.Sequence)).ToList();
            if (left.Count < given.Count)
            {
                if ((segment + 1) * WindowSegments.Size <= Cursor)
                {
                    await segments.EraseAsync(segment, Stored(left), cancellationToken);
                }

                _segments[segment] = left;
            }
        }
    }

    private static IEnumerable<long> Range(long first, long end)
    {
        for (var at = first; at < end; at++)
        {
            yield return at;
        }
    }
}

/// <summary>An entry of the window.</summary>
/// <param name="Given">The entry.</param>
/// <param name="Place">Which of a rater's statements it is.</param>
internal sealed record WindowEntry(GivenFeedback Given, StatementPlace Place)
{
    public long Sequence => Given.Sequence;

    public FeedbackEvent Said => Given.Said;

    public string Rater => Place.Rater;

    public static WindowEntry Of(GivenFeedback given) =>
        new(given, new StatementPlace(given.Said.CompletionId ?? given.Said.Id, RaterId.Of(given.Said), given.Said.IsFeedback ? given.Said.Statement : ""));
}

/// <summary>One of a rater's statements on a reply: a later one at the same place takes its place.</summary>
internal readonly record struct StatementPlace(string Reply, string Rater, string Statement);
