namespace Rlhf.Statistics.Raters;

/// <summary>Whether Dawid and Skene's model or a majority vote tells the true labels better, measured on gold questions. The model can lose to the vote,
/// so that it is used only where it wins.</summary>
/// <param name="Gold">Answered items whose true label is known.</param>
/// <param name="MajorityRight">How many of them the vote gets right.</param>
/// <param name="DawidSkeneRight">How many of them the model gets right, each predicted without its own true label.</param>
public sealed record GoldChoice(int Gold, int MajorityRight, int DawidSkeneRight)
{
    private const int MostFolds = 5;

    /// <summary>Whether the model is to be used.</summary>
    public bool UsesDawidSkene => DawidSkeneRight > MajorityRight;

    /// <summary>How many the chosen one gets right.</summary>
    public int Right => Math.Max(MajorityRight, DawidSkeneRight);

    /// <summary>Measures both. For the model the gold items are dealt out to folds: it is fitted with the true labels of the others, and asked for those of one.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="raters">How many raters there are.</param>
    /// <param name="labels">How many labels there are.</param>
    /// <param name="gold">The true labels that are known.</param>
    public static GoldChoice Measure(IReadOnlyList<Answer> answers, int items, int raters, int labels, IReadOnlyDictionary<int, int> gold)
    {
        var voted = MajorityVote.Of(answers, items, labels);
        var known = gold.Where(item => voted[item.Key] != MajorityVote.None).OrderBy(item => item.Key).ToList();
        var folds = Math.Min(MostFolds, known.Count);
        var right = 0;
        for (var fold = 0; fold < folds; fold++)
        {
            var others = known.Where((_, i) => i % folds != fold).ToDictionary();
            var model = DawidSkene.Fit(answers, items, raters, labels, others);
            right += known.Where((item, i) => i % folds == fold && model.LabelOf(item.Key) == item.Value).Count();
        }

        return new GoldChoice(known.Count, known.Count(item => voted[item.Key] == item.Value), right);
    }
}
