namespace Rlhf.Statistics.Raters;

/// <summary>Krippendorff's alpha for nominal labels: how far raters agree beyond chance, with any number of raters and missing answers
/// (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).</summary>
public static class Krippendorff
{
    /// <summary>1 − observed disagreement / disagreement expected by chance.</summary>
    /// <param name="answers">The answers.</param>
    /// <returns>1 for full agreement, 0 for chance, below 0 for less; NaN where no item has two answers, or all answers of such items are the same.</returns>
    public static double Alpha(IEnumerable<Answer> answers)
    {
        var total = 0.0;
        var disagreeing = 0.0; // ordered pairs of unequal labels within an item, each item weighted by 1 / (answers − 1)
        var labels = new Dictionary<int, double>();
        foreach (var item in answers.GroupBy(answer => answer.Item))
        {
            var counts = item.CountBy(answer => answer.Label).ToList();
            var size = counts.Sum(label => label.Value);
            if (size < 2)
            {
                continue;
            }

            total += size;
            foreach (var (label, count) in counts)
            {
                labels[label] = labels.GetValueOrDefault(label) + count;
                disagreeing += count * (double)(size - count) / (size - 1);
            }
        }

        var expected = labels.Values.Sum(count => count * (total - count));
        return expected > 0 ? 1 - ((total - 1) * disagreeing / expected) : double.NaN;
    }
}
