namespace Rlhf.Learning.Evaluation;

/// <summary>Gathers one scorer's figures fold by fold.</summary>
internal sealed class FoldFigures(IReadOnlyList<JudgedReply> replies)
{
    private readonly List<double> _auroc = [];
    private readonly List<double> _accuracy = [];
    private readonly SortedDictionary<string, List<double>> _byKind = new(replies.Select(r => r.Kind).Distinct().ToDictionary(kind => kind, _ => new List<double>()), StringComparer.Ordinal);

    /// <summary>The mean AUROC over the folds so far.</summary>
    public double MeanAuroc => FoldFigure.Of(_auroc).Mean;

    /// <summary>Takes in the scores of a fold's held-out rows.</summary>
    public void Add(int[] rows, double[] scores)
    {
        bool[] up = [.. rows.Select(row => replies[row].Thumb.Up)];
        _auroc.Add(Auroc.Of(scores, up));
        _accuracy.Add(Auroc.Accuracy(scores, up));
        foreach (var (kind, figures) in _byKind)
        {
            int[] own = [.. Enumerable.Range(0, rows.Length).Where(i => replies[rows[i]].Kind == kind)];
            figures.Add(Auroc.Of([.. own.Select(i => scores[i])], [.. own.Select(i => up[i])]));
        }
    }

    /// <summary>All folds' figures.</summary>
    public RewardFigures ToFigures() => new(
        FoldFigure.Of(_auroc),
        _byKind.ToDictionary(kind => kind.Key, kind => FoldFigure.Of(kind.Value)),
        FoldFigure.Of(_accuracy));
}
