using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Evaluation;

/// <summary>Gathers one scorer's figures fold by fold.</summary>
internal sealed class FoldFigures(IReadOnlyList<JudgedReply> replies)
{
    private readonly Gathering _all = new();
    private readonly SortedDictionary<string, Gathering> _byKind = new(replies.Select(r => r.Kind).Distinct().ToDictionary(kind => kind, _ => new Gathering()), StringComparer.Ordinal);

    /// <summary>The mean AUROC over the folds so far.</summary>
    public double MeanAuroc => FoldFigure.Of(_all.Auroc).Mean;

    /// <summary>Takes in the scores of a fold's held-out rows.</summary>
    public void Add(int[] rows, double[] scores)
    {
        bool[] up = [.. rows.Select(row => replies[row].Thumb.Up)];
        _all.Add(scores, up);
        foreach (var (kind, figures) in _byKind)
        {
            int[] own = [.. Enumerable.Range(0, rows.Length).Where(i => replies[rows[i]].Kind == kind)];
            figures.Add([.. own.Select(i => scores[i])], [.. own.Select(i => up[i])]);
        }
    }

    /// <summary>All folds' figures.</summary>
    public RewardFigures ToFigures() => new(_all.ToFigures(), _byKind.ToDictionary(kind => kind.Key, kind => kind.Value.ToFigures()));

    private sealed class Gathering
    {
        public List<double> Auroc { get; } = [];

        public List<double> Accuracy { get; } = [];

        public void Add(double[] scores, bool[] up)
        {
            Auroc.Add(RewardModel.Auroc.Of(scores, up));
            Accuracy.Add(RewardModel.Auroc.Accuracy(scores, up));
        }

        public KindFigures ToFigures() => new(FoldFigure.Of(Auroc), FoldFigure.Of(Accuracy));
    }
}
