using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Server.Export;

/// <summary>What raters say in the end: of several statements of one name on a reply the latest, and none that was taken back or erased.</summary>
/// <remarks>The ledger is read twice: first for what stands, of which a hash and a place are kept, then for the events. So memory grows by about 100 bytes a
/// statement, and no text is held but those of <see cref="Partners"/> that wait for the other.</remarks>
internal sealed class NetFeedback(IFeedbackLedger ledger, IGrainFactory grains, ExportFilter filter)
{
    private readonly HashSet<long> _standing = [];
    private readonly Dictionary<string, bool> _quarantined = [];
    private long _asOf;

    /// <summary>Pairs of places: a thumb up and a thumb down on different replies to the same prompt, each in one pair at most. By the place of either.</summary>
    public IReadOnlyDictionary<long, (long Up, long Down)> Partners { get; private set; } = new Dictionary<long, (long, long)>();

    /// <summary>Finds what stands.</summary>
    public async Task FindAsync(CancellationToken cancellationToken)
    {
        var latest = new Dictionary<UInt128, Statement>();
        _asOf = await ledger.LastSequenceAsync(cancellationToken);
        await foreach (var (sequence, said) in EntriesAsync(cancellationToken))
        {
            if (!filter.Concerns(said))
            {
                continue;
            }

            var name = Hash(said.CompletionId ?? said.Id, RaterId.Of(said), said.Statement);
            if (said.Kind == FeedbackKind.Retraction)
            {
                latest.Remove(name);
            }
            else
            {
                latest[name] = filter.Wants(said) && !await IsQuarantinedAsync(said, cancellationToken) ? Statement.Of(sequence, said) : default;
            }
        }

        _standing.UnionWith(latest.Values.Where(statement => statement.Sequence > 0).Select(statement => statement.Sequence));
        Partners = filter is { Format: ExportFormat.Preferences, WithThumbs: true } ? Pair(latest.Values) : Partners;
    }

    /// <summary>The events that stand, oldest first.</summary>
    public async IAsyncEnumerable<LedgerEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in EntriesAsync(cancellationToken))
        {
            if (_standing.Contains(entry.Sequence) && entry.Event.IsFeedback) // it may have been erased meanwhile
            {
                yield return entry;
            }
        }
    }

    private IAsyncEnumerable<LedgerEntry> EntriesAsync(CancellationToken cancellationToken) =>
        ledger.ReadAsync(0, cancellationToken).TakeWhile(entry => entry.Sequence <= _asOf);

    private async Task<bool> IsQuarantinedAsync(FeedbackEvent said, CancellationToken cancellationToken)
    {
        var rater = RaterId.Of(said);
        if (!filter.Quarantined && !_quarantined.ContainsKey(rater))
        {
            _quarantined[rater] = (await grains.GetGrain<IRaterGrain>(rater).GetAsync(cancellationToken)).Quarantine is not null;
        }

        return !filter.Quarantined && _quarantined[rater];
    }

    private static Dictionary<long, (long, long)> Pair(IEnumerable<Statement> statements)
    {
        var pairs = new Dictionary<long, (long, long)>();
        foreach (var prompt in statements.Where(statement => statement.Up is not null).OrderBy(statement => statement.Sequence).GroupBy(statement => statement.Prompt))
        {
            var downs = prompt.Where(thumb => thumb.Up is false).ToList();
            foreach (var up in prompt.Where(thumb => thumb.Up is true))
            {
                if (downs.FindIndex(down => down.Reply != up.Reply) is >= 0 and var index)
                {
                    pairs[up.Sequence] = pairs[downs[index].Sequence] = (up.Sequence, downs[index].Sequence);
                    downs.RemoveAt(index);
                }
            }
        }

        return pairs;
    }

    private static UInt128 Hash(params IEnumerable<string> parts) =>
        BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts.Select(part => $"{part.Length}\0{part}")))));

    /// <summary>A statement without its words; of a thumb, on which reply to which prompt.</summary>
    private readonly record struct Statement(long Sequence, bool? Up, UInt128 Prompt, UInt128 Reply)
    {
        public static Statement Of(long sequence, FeedbackEvent said) => (said.Up ?? said.Content?.Positive) is { } up
            ? new Statement(sequence, up, Hash(said.Messages.SelectMany(message => (string[])[message.Role, message.Content, message.ToolCalls ?? "", message.ToolCallId ?? ""])), Hash(said.Reply))
            : new Statement(sequence, null, 0, 0);
    }
}
