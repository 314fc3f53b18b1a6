using Rlhf.Inference;

namespace Rlhf.Learning.RewardModel;

/// <summary>The ensemble's heads on standardised features, and how their scores are put on one scale.</summary>
/// <param name="FeatureMean">Subtracted from the dense features.</param>
/// <param name="FeatureScale">Multiplies them then.</param>
/// <param name="Heads">One linear model a head.</param>
/// <param name="Landmarks">The judged replies that others are compared with; the heads' kernel weights are theirs.</param>
/// <param name="ScoreMean">Each head's mean log-odds on the reference policy's replies.</param>
/// <param name="ScoreScale">Each head's standard deviation there.</param>
public sealed record RewardHeads(
    float[] FeatureMean,
    float[] FeatureScale,
    IReadOnlyList<LinearModel> Heads,
    IReadOnlyList<ReplyViews> Landmarks,
    IReadOnlyList<double> ScoreMean,
    IReadOnlyList<double> ScoreScale)
{
    private readonly RewardKernel _kernel = new(Landmarks);

    /// <summary>Each head's normalised score of one reply.</summary>
    /// <param name="dense">The dense features, not standardised.</param>
    /// <param name="views">What of the reply can be counted.</param>
    public double[] Score(float[] dense, ReplyViews views)
    {
        var x = new LinearFeatures(Standardise(dense, FeatureMean, FeatureScale), views.All, _kernel.Row(views));
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

    /// <summary>The conservative reward of one reply.</summary>
    /// <param name="scores">Each head's score.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="kind">How the scores become one.</param>
    public static double Conservative(IReadOnlyList<double> scores, double lambda, ConservativeReward kind = ConservativeReward.LowerConfidenceBound)
    {
        var mean = scores.Average();
        var variance = scores.Average(s => (s - mean) * (s - mean));
        return kind switch
        {
            ConservativeReward.LowerConfidenceBound => mean - (lambda * Math.Sqrt(variance)),
            ConservativeReward.UncertaintyWeighted => mean - (lambda * variance),
            ConservativeReward.WorstCase => scores.Min(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Say how the scores of the heads become one."),
        };
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
        float[] features = [.. Landmarks.SelectMany(views => views.Each).SelectMany(view => view).Select(feature => (float)feature)];
        float[] lengths = [.. Landmarks.SelectMany(views => views.Each).Select(view => (float)view.Length)];
        yield return ("landmarks", new WeightTensor(features, features.Length));
        yield return ("landmark_lengths", new WeightTensor(lengths, lengths.Length));
        for (var h = 0; h < Heads.Count; h++)
        {
            yield return ($"head.{h}.dense", new WeightTensor(Heads[h].Dense, Heads[h].Dense.Length));
            yield return ($"head.{h}.sparse", new WeightTensor(Heads[h].Sparse, Heads[h].Sparse.Length));
            yield return ($"head.{h}.kernel", new WeightTensor(Heads[h].Kernel, Heads[h].Kernel.Length));
            yield return ($"head.{h}.bias", new WeightTensor([Heads[h].Bias], 1));
        }
    }

    /// <summary>The reverse of <see cref="ToTensors"/>; the scale of the scores is kept apart because it is of double precision.</summary>
    internal static RewardHeads FromTensors(Func<string, WeightTensor> tensors, IReadOnlyList<double> scoreMean, IReadOnlyList<double> scoreScale)
    {
        return new RewardHeads(
            tensors("feature_mean").Values,
            tensors("feature_scale").Values,
            [.. Enumerable.Range(0, scoreMean.Count).Select(h => new LinearModel(Values(h, "dense"), Values(h, "sparse"), Values(h, "kernel"), Values(h, "bias")[0]))],
            [.. LandmarksOf(tensors("landmarks").Values, tensors("landmark_lengths").Values)],
            scoreMean,
            scoreScale);

        float[] Values(int head, string part) => tensors($"head.{head}.{part}").Values;
    }

    private static IEnumerable<ReplyViews> LandmarksOf(float[] features, float[] lengths)
    {
        var at = 0;
        foreach (var of in lengths.Chunk(4))
            yield return new ReplyViews(Next(of[0]), Next(of[1]), Next(of[2]), Next(of[3]));

        int[] Next(float length)
        {
            var view = Array.ConvertAll(features[at..(at + (int)length)], feature => (int)feature);
            at += view.Length;
            return view;
        }
    }
}
