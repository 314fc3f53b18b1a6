using Rlhf.Inference;
using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Data;

/// <summary>Cross-validation folds that never split a group.</summary>
public static class GroupFolds
{
    /// <summary>
    /// Assigns each row a fold. Groups are dealt largest first, each to the fold that holds the fewest rows so far, so folds
    /// are of nearly equal size; groups of one size come in the seed's order.
    /// </summary>
    /// <param name="groups">The group of each row.</param>
    /// <param name="folds">How many folds; there must be at least as many groups.</param>
    /// <param name="seed">Equal seeds give equal folds.</param>
    /// <returns>The fold of each row, from 0.</returns>
    public static int[] Assign(IReadOnlyList<string> groups, int folds, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        var sizes = groups.GroupBy(g => g, StringComparer.Ordinal).ToArray();
        if (sizes.Length < folds)
            throw new ArgumentException($"There are {sizes.Length} groups, too few for {folds} folds.", nameof(groups));

        var rows = new int[folds];
        var foldOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in sizes.OrderByDescending(g => g.Count()).ThenBy(g => SeededRandom.Hash(seed, g.Key)))
        {
            var fold = Array.IndexOf(rows, rows.Min());
            foldOf[group.Key] = fold;
            rows[fold] += group.Count();
        }

        return groups.Select(g => foldOf[g]).ToArray();
    }
}
