using Rlhf.Inference;

namespace Rlhf.Learning.Reward;

/// <summary>The ensemble's heads on standardised features, and how their scores are put on one scale.</summary>
/// <param name="FeatureMean">Subtracted from the dense features.</param>
/// <param name="FeatureScale">Multiplies them then.</param>
/// <param name="Heads">One linear model a head.</param>
/// <param name="ScoreMean">Each head's mean log-odds on the reference policy's replies.</param>
/// <param name="ScoreScale">Each head's standard deviation there.</param>
public sealed record RewardHeads(
    float[] FeatureMean,
    float[] FeatureScale,
    IReadOnlyList<LinearModel> Heads,
    IReadOnlyList<double> ScoreMean,
    IReadOnlyList<double> ScoreScale)
{
    /// <summary>Each head's normalised score of one reply.</summary>
    /// <param name="dense">The dense features, not standardised.</param>
    /// <param name="nGrams">The sparse features.</param>
    public double[] Score(float[] dense, int[] nGrams)
    {
        var x = new LinearFeatures(Standardise(dense, FeatureMean, FeatureScale), nGrams);
        return [.. Heads.Select((head, h) => (head.Score(x) - ScoreMean[h]) / ScoreScale[h])];
    }

    /// <summary>The same heads with the scale on which the given scores have mean 0 and standard deviation 1, head by head.</summary>
    /// <param name="scores">What <see cref="Score"/> gave for each of the reference policy's replies.</param>
    public RewardHeads Normalised(IReadOnlyList<double[]> scores)
    {
        var mean = new double[Heads.Count];
        var scale = new double[Heads.Count];
        for (var h = 0; h < Heads.Count; h++)
        {
            var average = scores.Average(s => s[h]);
            var deviation = Math.Sqrt(scores.Average(s => (s[h] - average) * (s[h] - average)));
            mean[h] = ScoreMean[h] + (average * ScoreScale[h]);

            // A head that gives every reply the same score has nothing to say; its differences stay as small as they are.
            scale[h] = deviation > 1e-6 ? ScoreScale[h] * deviation : ScoreScale[h];
        }

        return this with { ScoreMean = mean, ScoreScale = scale };
    }

    /// <summary>The conservative reward (Coste et al. 2023, uncertainty-weighted): mean − λ·standard deviation over the heads.</summary>
    public static double Conservative(IReadOnlyList<double> scores, double lambda)
    {
        var mean = scores.Average();
        return mean - (lambda * Math.Sqrt(scores.Average(s => (s - mean) * (s - mean))));
    }

    internal static float[] Standardise(float[] x, float[] mean, float[] scale)
    {
        var standard = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
            standard[i] = (x[i] - mean[i]) * scale[i];

        return standard;
    }

    /// <summary>The heads as named tensors.</summary>
    internal IEnumerable<(string Name, WeightTensor Tensor)> ToTensors()
    {
        yield return ("feature_mean", new WeightTensor(FeatureMean, FeatureMean.Length));
        yield return ("feature_scale", new WeightTensor(FeatureScale, FeatureScale.Length));
        for (var h = 0; h < Heads.Count; h++)
        {
            yield return ($"head.{h}.dense", new WeightTensor(Heads[h].Dense, Heads[h].Dense.Length));
            yield return ($"head.{h}.sparse", new WeightTensor(Heads[h].Sparse, Heads[h].Sparse.Length));
            yield return ($"head.{h}.bias", new WeightTensor([Heads[h].Bias], 1));
        }
    }

    /// <summary>The reverse of <see cref="ToTensors"/>; the scale of the scores is kept apart because it is of double precision.</summary>
    internal static RewardHeads FromTensors(Func<string, WeightTensor> tensors, IReadOnlyList<double> scoreMean, IReadOnlyList<double> scoreScale) => new(
        tensors("feature_mean").Values,
        tensors("feature_scale").Values,
        [.. Enumerable.Range(0, scoreMean.Count).Select(h => new LinearModel(tensors($"head.{h}.dense").Values, tensors($"head.{h}.sparse").Values, tensors($"head.{h}.bias").Values[0]))],
        scoreMean,
        scoreScale);
}
