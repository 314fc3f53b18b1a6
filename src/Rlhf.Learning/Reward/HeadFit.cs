using Rlhf.Learning.Evaluation;
using TorchSharp;

namespace Rlhf.Learning.Reward;

/// <summary>The convex half of the reward model: linear heads on fixed features, how strongly to shrink them, and the ensemble.</summary>
internal static class HeadFit
{
    private const int Folds = 3;
    private const double Trifle = 0.002;
    private static readonly double[] SparsePenalties = [0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003];
    private static readonly double[] DensePenalties = [1, 0.3, 0.1, 0.03, 0.01];

    /// <summary>How strongly the two kinds of weights are shrunk.</summary>
    internal readonly record struct Penalties(double Dense, double Sparse);

    /// <summary>The penalties that were best, with the AUROC they had on held-out groups; NaN where nothing could be held out.</summary>
    internal readonly record struct Choice(Penalties Penalties, double Auroc);

    // The share of the cores that the calling thread gives its tensor work.
    private static ParallelOptions OnOwnCores(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = torch.get_num_threads(), CancellationToken = cancellationToken };

    /// <summary>What each example counts: its rater's reliability, with both classes brought to the same total.</summary>
    internal static double[] BalancedWeights(IReadOnlyList<RewardExample> examples)
    {
        var up = examples.Where(e => e.Up).Sum(e => e.Weight);
        var down = examples.Where(e => !e.Up).Sum(e => e.Weight);
        if (!(up > 0 && down > 0))
            throw new ArgumentException($"The thumbs up weigh {up} and the thumbs down {down} together; a reward model needs some of both.", nameof(examples));

        return [.. examples.Select(e => e.Weight * (up + down) / (2 * (e.Up ? up : down)))];
    }

    /// <summary>
    /// The penalties that order held-out replies best, folds cut by group: first the sparse one, then the dense one at it. Not the least
    /// loss: scores are put on the reference's scale anyway, and the loss would buy calibration with order.
    /// </summary>
    internal static Choice Choose(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, int buckets, ulong seed, CancellationToken cancellationToken)
    {
        var start = new Penalties(0.1, 0.1);
        string[] groups = [.. examples.Select(e => e.Group)];
        if (groups.Distinct().Count() < Folds)
            return new Choice(start, double.NaN);

        var folds = GroupFolds.Assign(groups, Folds, seed);
        var weights = BalancedWeights(examples);
        bool[] up = [.. examples.Select(e => e.Up)];
        var sparse = buckets == 0 ? start.Sparse : Best([.. SparsePenalties.Select(penalty => start with { Sparse = penalty })]).Penalties.Sparse;
        return features[0].Dense.Length == 0
            ? Best([new Penalties(start.Dense, sparse)])
            : Best([.. DensePenalties.Select(penalty => new Penalties(penalty, sparse))]);

        // Candidates come with the stronger penalty first, and a weaker one has to be better by more than a trifle.
        Choice Best(Penalties[] candidates)
        {
            Choice[] choices = [.. candidates.Zip(HeldOutScores(candidates), (penalties, scores) => new Choice(penalties, Auroc.Of(scores, up)))];
            var most = choices.Max(choice => choice.Auroc);
            return choices.First(choice => !(choice.Auroc < most - Trifle));
        }

        double[][] HeldOutScores(Penalties[] candidates)
        {
            double[][] scores = [.. candidates.Select(_ => new double[up.Length])];
            Parallel.For(0, candidates.Length * Folds, OnOwnCores(cancellationToken), job =>
            {
                var (candidate, fold) = Math.DivRem(job, Folds);
                double[] training = [.. weights.Select((w, i) => folds[i] == fold ? 0 : w)];
                var model = LogisticRegression.Fit(features, up, training, buckets, candidates[candidate].Dense, candidates[candidate].Sparse);
                for (var i = 0; i < up.Length; i++)
                {
                    if (folds[i] == fold)
                        scores[candidate][i] = model.Score(features[i]);
                }
            });
            return scores;
        }
    }

    /// <summary>What each example counts in a head's Bayesian bootstrap (Rubin 1981), drawn by group: exponential, of mean 1.</summary>
    internal static double[] BootstrapWeights(IReadOnlyList<RewardExample> examples, ulong seed, int head)
    {
        var random = SeededRandom.For(seed, "bootstrap", head);
        var drawn = examples.Select(e => e.Group).Distinct().ToDictionary(group => group, _ => -Math.Log(1 - random.NextDouble()));
        return [.. examples.Select(e => drawn[e.Group])];
    }

    /// <summary>One head an ensemble member, each on its own bootstrap sample.</summary>
    internal static LinearModel[] Ensemble(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, int buckets, int heads, Penalties penalties, ulong seed, CancellationToken cancellationToken)
    {
        var weights = BalancedWeights(examples);
        bool[] up = [.. examples.Select(e => e.Up)];
        var models = new LinearModel[heads];
        Parallel.For(0, heads, OnOwnCores(cancellationToken), head =>
        {
            double[] sample = [.. BootstrapWeights(examples, seed, head).Zip(weights, (drawn, weight) => drawn * weight)];
            models[head] = LogisticRegression.Fit(features, up, sample, buckets, penalties.Dense, penalties.Sparse);
        });
        return models;
    }
}
