using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>Which of several drafts a dialogue goes on from.</summary>
internal static class PreferredDraft
{
    /// <summary>The draft that won most comparisons; among equals the one that is liked best, and then the first that was shown.</summary>
    /// <param name="drafts">The drafts of one answer, at least one, in the order in which they were shown.</param>
    /// <param name="standing">All that is said of the conversation's replies now.</param>
    public static Turn Of(IReadOnlyList<Turn> drafts, IEnumerable<FeedbackReceipt> standing)
    {
        var said = standing.ToList();
        var ids = drafts.Select(draft => CompletionId.Of(draft.ConversationId, draft.Number)).ToHashSet();
        return drafts.OrderByDescending(draft => Wins(IdOf(draft), ids, said)).ThenByDescending(draft => Liked(IdOf(draft), said)).First(); // the order is stable
    }

    private static string IdOf(Turn draft) => CompletionId.Of(draft.ConversationId, draft.Number);

    /// <summary>Wins against the other drafts less losses, over all comparisons.</summary>
    private static int Wins(string draft, HashSet<string> drafts, IReadOnlyList<FeedbackReceipt> said)
    {
        var wins = 0;
        foreach (var comparison in said.Where(receipt => receipt.Kind == FeedbackKind.Comparison))
        {
            var ranks = (comparison.Content?.Others ?? []).Select(other => (Id: other.CompletionId, other.Rank)).Append((Id: comparison.CompletionId, Rank: comparison.Content?.Rank ?? 0))
                .Where(reply => drafts.Contains(reply.Id)).ToDictionary(reply => reply.Id, reply => reply.Rank);
            wins += ranks.TryGetValue(draft, out var own) ? ranks.Values.Sum(rank => rank.CompareTo(own)) : 0;
        }

        return wins;
    }

    private static double Liked(string draft, IReadOnlyList<FeedbackReceipt> said) => said.Where(receipt => receipt.CompletionId == draft).Sum(receipt => receipt.Kind switch
    {
        FeedbackKind.Thumbs => (receipt.Up ?? receipt.Content?.Positive) is true ? 1.0 : -1,
        FeedbackKind.Accepted => receipt.Content?.Positive is true ? 1 : -1,
        FeedbackKind.Rating => ((receipt.Content?.Stars ?? 3) - 3) / 2.0,
        FeedbackKind.Report => -1,
        _ => 0,
    });
}
