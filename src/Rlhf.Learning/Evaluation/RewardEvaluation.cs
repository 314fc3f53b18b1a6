using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Evaluation;

/// <summary>Cross-validates the reward model on human thumbs. Folds are cut by group, so that no conversation is on both sides.</summary>
/// <param name="model">The base model.</param>
/// <param name="options">How to train the reward model.</param>
/// <param name="threads">Threads for tensor work; 0 takes one a core.</param>
public sealed class RewardEvaluation(BaseModel model, RewardOptions options, int threads = 0)
{
    /// <summary>Trains and scores once a fold. Synchronous; takes minutes for thousands of replies.</summary>
    /// <param name="replies">The judged replies.</param>
    /// <param name="folds">How many folds.</param>
    /// <param name="seed">Equal seeds give equal folds and figures.</param>
    /// <param name="progress">Told before the first fold and after each.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">There are too few groups, or a fold's training side lacks a class.</exception>
    public RewardEvaluationReport Evaluate(IReadOnlyList<JudgedReply> replies, int folds, ulong seed, IProgress<RewardEvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        var fold = GroupFolds.Assign([.. replies.Select(r => r.Thumb.Group)], folds, seed);
        TorchRuntime.Start();
        progress?.Report(new RewardEvaluationProgress(0, folds, double.NaN));

        using var trunk = CausalLm.From(model, threads: threads == 0 ? Environment.ProcessorCount : threads);
        var encoder = new RewardEncoder(model, options);
        var trainer = new RewardTrainer(model, trunk, options);
        using var corpus = trainer.Read(
            [.. replies.Select(r => new ThumbExample(encoder.Encode(r.Thumb.Context, r.Thumb.Reply), r.Thumb.Up, r.Thumb.Weight, r.Thumb.Group))],
            cancellationToken);
        var words = corpus.Inputs.Select(input => new LinearFeatures([], [.. input.Views.Words, .. input.Views.LeftOut], [])).ToArray();

        var (rewardModel, probe, nGrams) = (new FoldFigures(replies), new FoldFigures(replies), new FoldFigures(replies));
        for (var f = 0; f < folds; f++)
        {
            int[] training = [.. Enumerable.Range(0, replies.Count).Where(i => fold[i] != f)];
            int[] heldOut = [.. Enumerable.Range(0, replies.Count).Where(i => fold[i] == f)];
            nGrams.Add(heldOut, Baseline(corpus, words, training, heldOut, seed, trunk.Workers.Cores(cancellationToken)));
            probe.Add(heldOut, Baseline(corpus, EndStates(corpus, training), training, heldOut, seed, trunk.Workers.Cores(cancellationToken)));
            using (var reward = trainer.Train(corpus, training, seed + (ulong)f, (_, _, _) => { }, cancellationToken))
                rewardModel.Add(heldOut, [.. reward.HeadScores(corpus, heldOut, cancellationToken).Select(scores => scores.Average())]);

            progress?.Report(new RewardEvaluationProgress(f + 1, folds, rewardModel.MeanAuroc));
        }

        return new RewardEvaluationReport(rewardModel.ToFigures(), probe.ToFigures(), nGrams.ToFigures());
    }

    private double[] Baseline(RewardCorpus corpus, LinearFeatures[] features, int[] training, int[] heldOut, ulong seed, ParallelOptions cores)
    {
        RewardExample[] examples = [.. training.Select(i => corpus.Examples[i])];
        LinearFeatures[] known = [.. training.Select(i => features[i])];
        var penalties = RewardHeadTrainer.Choose(examples, known, options, seed, cores).Penalties;
        var linear = LinearFit.Fit(new LinearProblem(examples, known, options.NGramBuckets), RewardHeadTrainer.BalancedWeights(examples), penalties).Model;
        return [.. heldOut.Select(i => linear.Score(features[i]))];
    }

    private LinearFeatures[] EndStates(RewardCorpus corpus, int[] training)
    {
        var (mean, scale) = new RewardTrunk(model, corpus.Trunk, options).Standard([.. training.Select(i => corpus.Features[i])]);
        var width = model.Config.HiddenSize;
        return [.. corpus.Features.Select(f => new LinearFeatures(RewardHeads.Standardise(f[..width], mean, scale), [], []))];
    }
}
