using Rlhf.Learning.Evaluation;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Evaluation;

public sealed class RewardEvaluationTests
{
    [Fact]
    public void Reward_model_and_baselines_are_judged_on_the_same_held_out_folds()
    {
        var replies = ToyChat.Thumbs(240, noise: 0.1, seed: 1).Select((thumb, i) => new JudgedReply(thumb, i % 3 == 0 ? "call" : "text")).ToArray();
        var seen = new Steps();

        var report = new RewardEvaluation(ToyChat.Model(), ToyChat.Options.Reward, threads: 2).Evaluate(replies, folds: 3, seed: 1, seen, CancellationToken.None);

        Assert.Equal([0, 1, 2, 3], seen.Folds);
        foreach (var figures in (RewardFigures[])[report.RewardModel, report.LinearProbe, report.NGrams])
        {
            Assert.Equal(3, figures.All.Auroc.Folds.Count);
            Assert.Equal(["call", "text"], figures.ByKind.Keys.Order());
            Assert.InRange(figures.All.Accuracy.Mean, 0, 1);
        }

        // A tenth of the labels is wrong, and words tell the rest.
        Assert.InRange(report.RewardModel.All.Auroc.Mean, 0.8, 0.97);
        Assert.InRange(report.NGrams.All.Auroc.Mean, 0.8, 0.97);
    }

    private sealed class Steps : IProgress<RewardEvaluationProgress>
    {
        public List<int> Folds { get; } = [];

        public void Report(RewardEvaluationProgress value) => Folds.Add(value.Fold);
    }
}
