namespace Rlhf.Statistics.Raters;

/// <summary>How a rater goes about rating, whatever is said: what a script does and a reader hardly can.</summary>
/// <param name="Answers">How many answers there are.</param>
/// <param name="MedianGap">The median time between two answers; null for fewer than two.</param>
/// <param name="MostInAMinute">The most answers within a minute.</param>
/// <param name="SameAnswer">The share of the more frequent answer.</param>
/// <param name="SameAnswerChance">The probability that so many answers are the same by chance.</param>
public readonly record struct Conduct(int Answers, TimeSpan? MedianGap, int MostInAMinute, double SameAnswer, double SameAnswerChance)
{
    private const int LeastAnswers = 20;
    private const int ManyInAMinute = 60;

    /// <summary>Half of the answers come within a second of the one before.</summary>
    public bool IsTooFast => Answers >= LeastAnswers && MedianGap < TimeSpan.FromSeconds(1);

    /// <summary>More answers in a minute than anybody reads replies.</summary>
    public bool IsBursting => MostInAMinute > ManyInAMinute;

    /// <summary>Always the same answer, although others' vary.</summary>
    public bool IsMonotonous => Answers >= LeastAnswers && SameAnswer == 1 && SameAnswerChance < 0.001;

    /// <summary>Measures a rater's answers.</summary>
    /// <param name="answers">When they came and what they say, in any order.</param>
    /// <param name="shareOfYes">The share of yes among everybody's answers.</param>
    public static Conduct Of(IEnumerable<(DateTimeOffset At, bool Yes)> answers, double shareOfYes)
    {
        var ordered = answers.OrderBy(answer => answer.At).ToList();
        var gaps = ordered.Zip(ordered.Skip(1), (former, next) => next.At - former.At).Order().ToList();
        var (most, first) = (0, 0);
        for (var last = 0; last < ordered.Count; last++)
        {
            while (ordered[last].At - ordered[first].At > TimeSpan.FromMinutes(1))
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        var yes = ordered.Count(answer => answer.Yes);
        var same = ordered.Count == 0 ? 0 : Math.Max(yes, ordered.Count - yes) / (double)ordered.Count;
        var chance = Math.Pow(2 * yes >= ordered.Count ? shareOfYes : 1 - shareOfYes, ordered.Count);
        return new Conduct(ordered.Count, gaps.Count > 0 ? gaps[gaps.Count / 2] : null, most, same, chance);
    }
}
