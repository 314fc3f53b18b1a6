namespace Rlhf.Learning.RewardModel;

/// <summary>Feedback with the features of its replies, as <see cref="LinearFit"/> takes it. Many fits differ only in weights and penalties:
/// which sparse features there are is found once for all of them.</summary>
/// <param name="examples">The feedback, at least one example.</param>
/// <param name="features">The features of all examples' replies, in their order.</param>
/// <param name="buckets">How many words there are; sparse features from there on are of agreement, as many again.</param>
internal sealed class LinearProblem(IReadOnlyList<RewardExample> examples, IReadOnlyList<LinearFeatures> features, int buckets)
{
    private readonly Lazy<SparseColumns> _words = new(() => SparseColumns.Of(features, buckets));
    private readonly Lazy<SparseColumns> _wordsAndAgreement = new(() => SparseColumns.Of(features, 2 * buckets));

    /// <summary>The feedback.</summary>
    public IReadOnlyList<RewardExample> Examples => examples;

    /// <summary>The features of all examples' replies, in their order.</summary>
    public IReadOnlyList<LinearFeatures> Features => features;

    /// <summary>How many words there are.</summary>
    public int Buckets => buckets;

    /// <summary>The sparse features that get a weight.</summary>
    public SparseColumns Sparse(bool agreement) => agreement ? _wordsAndAgreement.Value : _words.Value;
}

/// <summary>Sparse features that some reply has, numbered without gaps; the others take no room.</summary>
/// <param name="Present">The feature of each number, ascending.</param>
/// <param name="Rows">The numbers of each reply's features.</param>
internal sealed record SparseColumns(int[] Present, int[][] Rows)
{
    /// <summary>Numbers the features below a limit.</summary>
    public static SparseColumns Of(IReadOnlyList<LinearFeatures> features, int limit)
    {
        var place = new int[limit];
        foreach (var x in features)
        {
            foreach (var feature in x.Sparse)
            {
                if (feature < limit)
                    place[feature] = 1;
            }
        }

        int[] present = [.. Enumerable.Range(0, limit).Where(feature => place[feature] > 0)];
        for (var i = 0; i < present.Length; i++)
            place[present[i]] = i;

        return new SparseColumns(present, [.. features.Select(x => x.Sparse.Where(feature => feature < limit).Select(feature => place[feature]).ToArray())]);
    }
}
