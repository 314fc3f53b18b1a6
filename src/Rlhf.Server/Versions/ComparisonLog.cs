using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Statistics.Comparisons;
using Rlhf.Statistics.Texts;
using Rlhf.Storage;

namespace Rlhf.Server.Versions;

/// <summary>The comparisons and corrections of the ledger in few words, as this process needs them to compare versions: read on from where it was when somebody asks.</summary>
internal sealed class ComparisonLog(IFeedbackLedger ledger) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Dictionary<(string Completion, string Rater, string Statement), long> _standing = [];
    private readonly SortedDictionary<long, ComparedPrompt> _comparisons = [];
    private readonly SortedDictionary<long, CorrectedReply> _corrections = [];
    private readonly Dictionary<string, int> _clusters = [];
    private long _cursor;

    public void Dispose() => _reading.Dispose();

    /// <summary>Everything that stands, oldest first.</summary>
    public async Task<(IReadOnlyList<ComparedPrompt> Comparisons, IReadOnlyList<CorrectedReply> Corrections)> ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await foreach (var (sequence, said) in ledger.ReadAsync(_cursor, cancellationToken))
            {
                Add(sequence, said);
                _cursor = sequence;
            }

            return ([.. _comparisons.Values], [.. _corrections.Values]);
        }
        finally
        {
            _reading.Release();
        }
    }

    private void Add(long sequence, FeedbackEvent said)
    {
        if (said.Erasure is { } erasure)
        {
            foreach (var erased in erasure.Sequences())
            {
                Forget(erased);
            }
        }
        else if (said is { IsFeedback: true, CompletionId: { } completion, Content: { PartOf: null } content } && said.Subject is FeedbackKind.Comparison or FeedbackKind.Correction)
        {
            var key = (completion, RaterId.Of(said), said.Statement);
            if (_standing.Remove(key, out var before))
            {
                Forget(before);
            }

            if (said.Kind == FeedbackKind.Retraction)
            {
                return;
            }

            _standing[key] = sequence;
            if (said.Kind == FeedbackKind.Correction)
            {
                var (reply, corrected) = (Words.Of(said.Reply), Words.Of(content.Text ?? ""));
                _corrections[sequence] = new CorrectedReply(said.Version, Bleu.Of(reply, corrected), RougeL.Score(reply, corrected));
            }
            else
            {
                _comparisons[sequence] = new ComparedPrompt(
                    ClusterOf(said.Messages), said.Tags,
                    [.. (content.Others ?? []).Select(other => new RankedVersion(other.Version, other.Rank, other.Reply.Length)).Prepend(new RankedVersion(said.Version, content.Rank ?? 0, said.Reply.Length))]);
            }
        }
    }

    private void Forget(long sequence)
    {
        _comparisons.Remove(sequence);
        _corrections.Remove(sequence);
    }

    /// <summary>The same number for the same prompt.</summary>
    private int ClusterOf(ImmutableArray<ChatMessage> messages)
    {
        var prompt = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(string.Join('\0', messages.Select(message => $"{message.Role}\0{message.Content}\0{message.ToolCalls}\0{message.ToolCallId}")))));
        if (!_clusters.TryGetValue(prompt, out var cluster))
        {
            _clusters[prompt] = cluster = _clusters.Count;
        }

        return cluster;
    }
}

/// <summary>A reply's place in a comparison.</summary>
/// <param name="Version">The version that wrote it.</param>
/// <param name="Rank">Its place, 1 for the best.</param>
/// <param name="Length">Its length in characters.</param>
internal sealed record RankedVersion(string Version, int Rank, int Length);

/// <summary>A comparison of replies to one prompt.</summary>
/// <param name="Cluster">The prompt.</param>
/// <param name="Tags">What the rater filed it under.</param>
/// <param name="Replies">The replies.</param>
internal sealed record ComparedPrompt(int Cluster, ImmutableArray<string> Tags, IReadOnlyList<RankedVersion> Replies)
{
    /// <summary>The pairs of replies of different versions that are among some.</summary>
    public IEnumerable<PairOutcome> Pairs(IReadOnlyDictionary<string, int> versions)
    {
        var known = Replies.Where(reply => versions.ContainsKey(reply.Version)).ToList();
        return from first in Enumerable.Range(0, known.Count)
               from second in Enumerable.Range(first + 1, known.Count - first - 1)
               where known[first].Version != known[second].Version
               select new PairOutcome(
                   versions[known[first].Version], versions[known[second].Version],
                   Math.Sign(known[second].Rank - known[first].Rank) switch { > 0 => 1, < 0 => 0, _ => 0.5 },
                   PairOutcome.DifferenceOf(known[first].Length, known[second].Length), Cluster);
    }
}

/// <summary>A correction as what it says of the reply.</summary>
/// <param name="Version">The version that wrote the reply.</param>
/// <param name="Bleu">The reply's BLEU counts against the correction.</param>
/// <param name="RougeL">The reply's ROUGE-L against the correction.</param>
internal sealed record CorrectedReply(string Version, Bleu Bleu, double RougeL);
