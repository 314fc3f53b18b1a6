namespace Rlhf.Statistics.Raters;

/// <summary>The label that most raters give an item.</summary>
public static class MajorityVote
{
    /// <summary>No label: nobody answered.</summary>
    public const int None = -1;

    /// <summary>Each item's label. Of tied labels it is the one that is more frequent overall, then the lower one.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="labels">How many labels there are.</param>
    /// <returns>A label for each item, or <see cref="None"/>.</returns>
    public static int[] Of(IReadOnlyCollection<Answer> answers, int items, int labels)
    {
        var votes = new int[items, labels];
        var overall = new int[labels];
        foreach (var (item, _, label) in answers)
        {
            votes[item, label]++;
            overall[label]++;
        }

        var winners = new int[items];
        for (var item = 0; item < items; item++)
        {
            winners[item] = None;
            for (var label = 0; label < labels; label++)
            {
                var best = winners[item];
                if (votes[item, label] > 0 && (best == None || (votes[item, label], overall[label]).CompareTo((votes[item, best], overall[best])) > 0))
                {
                    winners[item] = label;
                }
            }
        }

        return winners;
    }
}
