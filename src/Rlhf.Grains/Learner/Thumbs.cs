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

    /// <summary>Reads as far as it needs to see enough thumbs of both kinds.</summary>
    /// <exception cref="RefusedException">There are not enough.</exception>
    public static async Task RequireBothKindsAsync(IFeedbackLedger ledger, long cursor, int least, CancellationToken cancellationToken)
    {
        int up = 0, down = 0;
        await foreach (var (sequence, pressed) in ledger.ReadAsync(after: 0, cancellationToken))
        {
            up += pressed.Up is true ? 1 : 0;
            down += pressed.Up is false ? 1 : 0;
            if (sequence >= cursor || (up >= least && down >= least))
            {
                break;
            }
        }

        if (up < least || down < least)
        {
            throw new RefusedException(Refusal.Conflict, $"There is not enough to learn from: {up} thumbs up and {down} down; at least {least} of each are needed (Learner:LeastOfEach).");
        }
    }
}
