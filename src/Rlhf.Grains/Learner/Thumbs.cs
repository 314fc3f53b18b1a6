using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Learner;

/// <summary>The thumbs that count: the ledger's events up to a cursor, overwritten and retracted ones left out.</summary>
internal static class Thumbs
{
    /// <summary>What each rater says of each reply in the end, oldest first, the newest <paramref name="most"/> of them.</summary>
    public static async Task<IReadOnlyList<FeedbackEvent>> ReadAsync(IFeedbackLedger ledger, long cursor, int most, CancellationToken cancellationToken)
    {
        var latest = new OrderedDictionary<(string Reply, string Rater), FeedbackEvent>();
        await foreach (var (sequence, pressed) in ledger.ReadAsync(after: 0, cancellationToken))
        {
            if (sequence > cursor)
            {
                break;
            }

            var key = (pressed.CompletionId ?? pressed.Id, pressed.Rater);
            latest.Remove(key);
            if (pressed.Up is not null)
            {
                latest.Add(key, pressed);
            }
        }

        return [.. latest.Values.TakeLast(most)];
    }

    /// <summary>Reads as far as it needs to see enough thumbs of both kinds, and two dialogues: one to practise on and
    /// one to be judged by.</summary>
    /// <exception cref="RefusedException">There are not enough.</exception>
    public static async Task RequireEnoughAsync(IFeedbackLedger ledger, long cursor, int least, CancellationToken cancellationToken)
    {
        int up = 0, down = 0;
        var dialogues = new HashSet<string>();
        await foreach (var (sequence, pressed) in ledger.ReadAsync(after: 0, cancellationToken))
        {
            up += pressed.Up is true ? 1 : 0;
            down += pressed.Up is false ? 1 : 0;
            if (dialogues.Count < 2)
            {
                dialogues.Add(string.Join('\0', pressed.Messages));
            }

            if (sequence >= cursor || (up >= least && down >= least && dialogues.Count >= 2))
            {
                break;
            }
        }

        if (up < least || down < least)
        {
            throw new RefusedException(Refusal.Conflict, $"There is not enough to learn from: {up} thumbs up and {down} down; at least {least} of each are needed (Learner:LeastOfEach).");
        }

        if (dialogues.Count < 2)
        {
            throw new RefusedException(Refusal.Conflict, "There is not enough to learn from: all thumbs are on replies to one and the same dialogue; at least two are needed, one to practise on and one to be judged by.");
        }
    }
}
