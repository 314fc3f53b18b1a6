using Rlhf.Learning.Data;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Evaluation;

/// <summary>A reply somebody judged, to evaluate a reward model on.</summary>
/// <param name="Thumb">The reply and the verdict.</param>
/// <param name="Kind">Such as <c>text</c> or <c>call</c>; each kind gets figures of its own.</param>
public sealed record JudgedReply(ThumbedReply Thumb, string Kind);

/// <summary>How far an evaluation has come.</summary>
/// <param name="Fold">Folds done.</param>
/// <param name="Folds">Folds in all.</param>
/// <param name="Auroc">The reward model's mean AUROC over the folds done; NaN before the first.</param>
public sealed record RewardEvaluationProgress(int Fold, int Folds, double Auroc);

/// <summary>A figure of each fold.</summary>
/// <param name="Mean">The mean over the folds that have the figure; NaN when none has.</param>
/// <param name="Folds">The figures; NaN where a fold lacks one of the classes.</param>
public sealed record FoldFigure(double Mean, IReadOnlyList<double> Folds)
{
    /// <summary>Puts a figure together.</summary>
    public static FoldFigure Of(IReadOnlyList<double> folds) =>
        new(folds.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(), folds);
}

/// <summary>How well a scorer tells up from down on held-out replies.</summary>
/// <param name="Auroc">The chance that a reply judged up scores above one judged down.</param>
/// <param name="Accuracy">The share told right, at log-odds 0 of balanced classes.</param>
public sealed record KindFigures(FoldFigure Auroc, FoldFigure Accuracy);

/// <summary>Held-out figures of one scorer.</summary>
/// <param name="All">Over all replies.</param>
/// <param name="ByKind">Over the replies of each kind.</param>
public sealed record RewardFigures(KindFigures All, IReadOnlyDictionary<string, KindFigures> ByKind);

/// <summary>The reward model beside two baselines, on the same folds.</summary>
/// <param name="RewardModel">The reward model.</param>
/// <param name="LinearProbe">Logistic regression on the bare trunk's state at the reply's end.</param>
/// <param name="NGrams">Logistic regression on the words and word pairs of the reply, and on the words of the user that it leaves out.</param>
public sealed record RewardEvaluationReport(RewardFigures RewardModel, RewardFigures LinearProbe, RewardFigures NGrams);
