using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.RewardModel;

/// <summary>The convex half of the reward model: linear heads on fixed features, how strongly to shrink them, and the ensemble.</summary>
internal static class RewardHeadTrainer
{
    private const int Folds = 3;
    private const int ChoiceIterations = 50;
    private const double Trifle = 0.002;

    // What agreement and kernel must bring. Where they are worth nothing they only take from what a policy can follow: words it may
    // say. And far from all judged replies, where a policy is led, the kernel is silent.
    private const double Gain = 0.02;

    private static readonly double[] WordPenalties = [0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
    private static readonly double[] DensePenalties = [1, 0.3, 0.1, 0.03, 0.01];
    private static readonly double[] AgreementPenalties = [1, 0.3, 0.1, 0.03];
    private static readonly double[] KernelPenalties = [1, 3e-3, 1e-3, 3e-4];

    /// <summary>The penalties that were best, with the share of held-out replies they put in the right order; NaN where nothing could be held out.</summary>
    internal readonly record struct Choice(Penalties Penalties, double Order);

    /// <summary>What each example counts: its rater's reliability, with thumbs up and down brought to the same total.</summary>
    internal static double[] BalancedWeights(IReadOnlyList<RewardExample> examples)
    {
        ThumbExample[] thumbs = [.. examples.OfType<ThumbExample>()];
        var up = thumbs.Where(e => e.Up).Sum(e => e.Weight);
        var down = thumbs.Where(e => !e.Up).Sum(e => e.Weight);
        if (up > 0 && down > 0)
            return [.. examples.Select(e => e is ThumbExample thumb ? e.Weight * (up + down) / (2 * (thumb.Up ? up : down)) : e.Weight)];

        return examples.Any(e => e is not ThumbExample && e.Weight > 0)
            ? [.. examples.Select(e => e.Weight)]
            : throw new ArgumentException($"The thumbs up weigh {up} and the thumbs down {down} together; a reward model needs some of both.", nameof(examples));
    }

    /// <summary>
    /// The penalties that order held-out replies best, folds cut by group: first those of words and states, then agreement's and the
    /// kernel's, each if it is clearly worth it. Not the least loss: scores are put on the reference's scale anyway, and the
    /// loss would buy calibration with order.
    /// </summary>
    internal static Choice Choose(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, RewardOptions options, ulong seed, ParallelOptions cores)
    {
        var start = new Choice(new Penalties(0.1, 0.1, Penalties.LeftOut, Penalties.LeftOut), double.NaN);
        string[] groups = [.. examples.Select(e => e.Group)];
        if (groups.Distinct().Count() < Folds)
            return start;

        var folds = GroupFolds.Assign(groups, Folds, seed);
        int[] foldOfRow = [.. examples.SelectMany((e, i) => e.Inputs.Select(_ => folds[i]))];
        var weights = BalancedWeights(examples);
        var problem = new LinearProblem(examples, features, options.NGramBuckets);
        var best = Words(start);
        if (features[0].Dense.Length > 0)
            best = Best([.. DensePenalties.Select(penalty => best.Penalties with { Dense = penalty })]);

        if (features.Any(x => x.Sparse.Any(feature => feature >= options.NGramBuckets)))
            best = IfWorthIt(Agreement(best), Words);

        return features.Any(x => x.Kernel.Length > 0)
            ? IfWorthIt(Best([.. KernelPenalties.Select(penalty => best.Penalties with { Kernel = penalty })]), more => Agreement(Words(more)))
            : best;

        // What brings nothing by itself is not worth choosing the other penalties anew for.
        Choice IfWorthIt(Choice more, Func<Choice, Choice> beside)
        {
            if (!(more.Order > best.Order + Trifle))
                return best;

            more = beside(more);
            return more.Order > best.Order + Gain ? more : best;
        }

        Choice Words(Choice at) => features.Any(x => x.Sparse.Any(feature => feature < options.NGramBuckets))
            ? Best([.. WordPenalties.Select(penalty => at.Penalties with { Words = penalty })])
            : at;

        Choice Agreement(Choice at) => Best([.. AgreementPenalties.Select(penalty => at.Penalties with { Agreement = penalty })]);

        // Candidates come with the stronger penalty first, and a weaker one has to be better by more than a trifle.
        Choice Best(Penalties[] candidates)
        {
            Choice[] choices = [.. candidates.Zip(HeldOutScores(candidates), (penalties, scores) => new Choice(penalties, PairwiseAccuracy.Of(examples, scores)))];
            var most = choices.Max(choice => choice.Order);
            return choices.First(choice => !(choice.Order < most - Trifle));
        }

        double[][] HeldOutScores(Penalties[] candidates)
        {
            double[][] scores = [.. candidates.Select(_ => new double[features.Count])];
            Parallel.For(0, candidates.Length * Folds, cores, job =>
            {
                var (candidate, fold) = Math.DivRem(job, Folds);
                double[] training = [.. weights.Select((w, i) => folds[i] == fold ? 0 : w)];
                if (!(training.Sum() > 0))
                    return;

                var model = LinearFit.Fit(problem, training, candidates[candidate], options.Centring, ChoiceIterations).Model;
                for (var i = 0; i < features.Count; i++)
                {
                    if (foldOfRow[i] == fold)
                        scores[candidate][i] = model.Score(features[i]);
                }
            });
            return scores;
        }
    }

    /// <summary>What each example counts in a head's Bayesian bootstrap (Rubin 1981), drawn by group: exponential, of mean 1. For a head that is alone each
    /// counts 1.</summary>
    internal static double[] BootstrapWeights(IReadOnlyList<RewardExample> examples, ulong seed, int head, int heads)
    {
        if (heads == 1)
            return [.. examples.Select(_ => 1.0)];

        var random = SeededRandom.For(seed, "bootstrap", head);
        var drawn = examples.Select(e => e.Group).Distinct().ToDictionary(group => group, _ => -Math.Log(1 - random.NextDouble()));
        return [.. examples.Select(e => drawn[e.Group])];
    }

    /// <summary>
    /// Where a head of an ensemble is shrunk to: a draw from the prior that the penalties stand for, N(0, 1/(n·penalty)) with n examples
    /// (Osband et al. 2018, "Randomized prior functions"; Pearce et al. 2020). What no judged reply has gets another weight from each
    /// head, so that the ensemble disagrees where it knows nothing; shrunk to zero, all heads would agree there. Heads come in pairs of
    /// opposite draws, which leaves their mean alone. The kernel's weights are shrunk to zero all the same: it is silent on what is unlike
    /// all that was judged, and near that it would only be made uncertain.
    /// </summary>
    /// <param name="features">The features of all replies.</param>
    /// <param name="buckets">How many words there are, and as many features of agreement.</param>
    /// <param name="penalties">How strongly to shrink.</param>
    /// <param name="examples">n: what all examples count together.</param>
    /// <param name="seed">Equal seeds give equal anchors.</param>
    /// <param name="head">Which head.</param>
    internal static LinearModel Anchor(IReadOnlyList<LinearFeatures> features, int buckets, Penalties penalties, double examples, ulong seed, int head)
    {
        var random = SeededRandom.For(seed, "anchor", head / 2);
        var sign = head % 2 == 0 ? 1 : -1;
        return new LinearModel(
            Draw(features[0].Dense.Length, penalties.Dense),
            [.. Draw(buckets, penalties.Words), .. Draw(buckets, penalties.Agreement)],
            new float[penalties.Kernel == Penalties.LeftOut ? 0 : features.Max(x => x.Kernel.Length)],
            0);

        float[] Draw(int count, double penalty)
        {
            var deviation = sign / Math.Sqrt(examples * penalty);
            var drawn = new float[count];
            for (var i = 0; i < count; i++)
                drawn[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            return drawn;
        }
    }

    /// <summary>One head an ensemble member, each on its own bootstrap sample and shrunk to its own anchor; a head that is alone learns from all
    /// there is and is shrunk to zero.</summary>
    internal static LinearFitted[] Ensemble(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, RewardOptions options, Penalties penalties, ulong seed, ParallelOptions cores)
    {
        var weights = BalancedWeights(examples);
        var problem = new LinearProblem(examples, features, options.NGramBuckets);
        var models = new LinearFitted[options.Heads];
        Parallel.For(0, options.Heads, cores, head =>
        {
            double[] sample = [.. BootstrapWeights(examples, seed, head, options.Heads).Zip(weights, (drawn, weight) => drawn * weight)];
            var anchor = options.Heads == 1 ? null : Anchor(features, options.NGramBuckets, penalties, weights.Sum(), seed, head);
            models[head] = LinearFit.Fit(problem, sample, penalties, options.Centring, anchor: anchor);
        });
        return models;
    }
}
