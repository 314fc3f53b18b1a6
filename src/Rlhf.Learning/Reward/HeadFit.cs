using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Reward;

/// <summary>The convex half of the reward model: linear heads on fixed features, how strongly to shrink them, and the ensemble.</summary>
internal static class HeadFit
{
    private const int Folds = 3;
    private static readonly double[] SparsePenalties = [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003];
    private static readonly double[] DensePenalties = [0.3, 0.1, 0.03, 0.01, 0.003];

    /// <summary>How strongly the two kinds of weights are shrunk.</summary>
    internal readonly record struct Penalties(double Dense, double Sparse);

    /// <summary>What each example counts: its rater's reliability, with both classes brought to the same total.</summary>
    internal static double[] BalancedWeights(IReadOnlyList<RewardExample> examples)
    {
        var up = examples.Where(e => e.Up).Sum(e => e.Weight);
        var down = examples.Where(e => !e.Up).Sum(e => e.Weight);
        if (!(up > 0 && down > 0))
            throw new ArgumentException($"The thumbs up weigh {up} and the thumbs down {down} together; a reward model needs some of both.", nameof(examples));

        return [.. examples.Select(e => e.Weight * (up + down) / (2 * (e.Up ? up : down)))];
    }

    /// <summary>The penalties with the least held-out loss, folds cut by group: first the sparse one, then the dense one at it.</summary>
    internal static Penalties Choose(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, int buckets, ulong seed, CancellationToken cancellationToken)
    {
        var best = new Penalties(DensePenalties[DensePenalties.Length / 2], SparsePenalties[1]);
        string[] groups = [.. examples.Select(e => e.Group)];
        if (groups.Distinct().Count() < Folds)
            return best;

        var folds = GroupFolds.Assign(groups, Folds, seed);
        var weights = BalancedWeights(examples);
        best = Least([.. SparsePenalties.Select(sparse => best with { Sparse = sparse })]);
        return Least([.. DensePenalties.Select(dense => best with { Dense = dense })]);

        Penalties Least(Penalties[] candidates)
        {
            var losses = new double[candidates.Length * Folds];
            Parallel.For(0, losses.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, job =>
            {
                var (penalties, fold) = (candidates[job / Folds], job % Folds);
                double[] training = [.. weights.Select((w, i) => folds[i] == fold ? 0 : w)];
                var model = LogisticRegression.Fit(features, [.. examples.Select(e => e.Up)], training, buckets, penalties.Dense, penalties.Sparse);
                losses[job] = Enumerable.Range(0, examples.Count).Where(i => folds[i] == fold).Sum(i => weights[i] * LogisticRegression.Loss(model.Score(features[i]), examples[i].Up));
            });

            // The stronger penalty comes first and wins a tie.
            return candidates.Select((candidate, c) => (candidate, Loss: losses.AsSpan(c * Folds, Folds).ToArray().Sum())).MinBy(pair => pair.Loss).candidate;
        }
    }

    /// <summary>How often each example is in a head's bootstrap sample, which is drawn by group.</summary>
    internal static double[] BootstrapCounts(IReadOnlyList<RewardExample> examples, ulong seed, int head)
    {
        string[] groups = [.. examples.Select(e => e.Group).Distinct()];
        var random = SeededRandom.For(seed, "bootstrap", head);
        var drawn = groups.ToDictionary(group => group, _ => 0);
        for (var i = 0; i < groups.Length; i++)
            drawn[groups[random.Next(groups.Length)]]++;

        return [.. examples.Select(e => (double)drawn[e.Group])];
    }

    /// <summary>One head an ensemble member, each on its own bootstrap sample; a sample that lacks a class falls back to all examples.</summary>
    internal static LinearModel[] Ensemble(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, int buckets, int heads, Penalties penalties, ulong seed, CancellationToken cancellationToken)
    {
        var weights = BalancedWeights(examples);
        bool[] up = [.. examples.Select(e => e.Up)];
        var models = new LinearModel[heads];
        Parallel.For(0, heads, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, head =>
        {
            double[] counts = [.. BootstrapCounts(examples, seed, head).Zip(weights, (count, weight) => count * weight)];
            var both = Enumerable.Range(0, up.Length).Any(i => counts[i] > 0 && up[i]) && Enumerable.Range(0, up.Length).Any(i => counts[i] > 0 && !up[i]);
            models[head] = LogisticRegression.Fit(features, up, both ? counts : weights, buckets, penalties.Dense, penalties.Sparse);
        });
        return models;
    }
}
