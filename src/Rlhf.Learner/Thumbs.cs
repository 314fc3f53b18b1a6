using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>The thumbs that count: the ledger's events up to a cursor, overwritten and retracted ones left out.</summary>
internal static class Thumbs
{
    /// <summary>What each rater says of each reply in the end, oldest first, the newest <paramref name="most"/> of them.</summary>
    public static async Task<IReadOnlyList<FeedbackEvent>> ReadAsync(IFeedbackLedger ledger, long cursor, int most, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<(string Reply, string Rater), LedgerEntry>();
        await foreach (var entry in ledger.ReadAsync(after: 0, cancellationToken))
        {
            if (entry.Sequence > cursor)
            {
                break;
            }

            var key = (entry.Event.CompletionId ?? entry.Event.Id, entry.Event.Rater);
            if (entry.Event.Up is null)
            {
                latest.Remove(key);
            }
            else
            {
                latest[key] = entry;
            }
        }

        return [.. latest.Values.OrderBy(entry => entry.Sequence).TakeLast(most).Select(entry => entry.Event)];
    }

    /// <summary>Insists on enough thumbs of both kinds, and on two dialogues: one to practise on and one to be judged by.</summary>
    /// <exception cref="RefusedException">There are not enough.</exception>
    public static void RequireEnough(IReadOnlyList<FeedbackEvent> thumbs, int least)
    {
        var up = thumbs.Count(thumb => thumb.Up is true);
        var down = thumbs.Count - up;
        if (up < least || down < least)
        {
            throw new RefusedException(Refusal.Conflict, $"There is not enough to learn from: {up} thumbs up and {down} down; at least {least} of each are needed (Learner:LeastOfEach).");
        }

        if (thumbs.DistinctBy(thumb => string.Join('\0', thumb.Messages)).Take(2).Count() < 2)
        {
            throw new RefusedException(Refusal.Conflict, "There is not enough to learn from: all thumbs are on replies to one and the same dialogue; at least two are needed, one to practise on and one to be judged by.");
        }
    }
}
