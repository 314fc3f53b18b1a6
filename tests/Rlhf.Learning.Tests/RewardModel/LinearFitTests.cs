using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class LinearFitTests
{
    private const int Replies = 200;
    private const int Buckets = 3;
    private static readonly RewardInput Unread = new([], 0, new ReplyViews([], [], [], []), []);
    private static readonly Penalties Shrinkage = new(0.02, 0.05, 0.08, 0.03);
    private static readonly LinearFeatures[] Features = [.. Enumerable.Range(0, Replies).Select(Feature)];
    private static readonly double[] Worth = [.. Features.Select((x, i) => x.Dense[0] - (0.5 * x.Dense[2]) + (x.Sparse.Contains(3) ? 1 : 0) + x.Kernel[0] + (i % 7 == 0 ? 2 : 0) - 0.6)];

    // Thumbs, then ratings, then pairs and rankings of three: 80 + 40 + 40 + 40 replies.
    private static readonly RewardExample[] Mixed =
    [
        .. Enumerable.Range(0, 80).Select(i => Thumb(i)),
        .. Enumerable.Range(80, 40).Select(i => new RatingExample(Unread, Math.Clamp((int)Math.Round(3 + (2 * Worth[i])), 1, 5), 1, $"{i}")),
        .. Enumerable.Range(0, 20).Select(i => new RankingExample([Unread, Unread], 0.2, 1, $"{i}")),
        .. Enumerable.Range(0, 13).Select(i => new RankingExample([Unread, Unread, Unread], 0, 1, $"{i}")),
        Thumb(199),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_answer_is_where_the_gradient_is_zero_for_all_kinds_of_feedback_at_once(bool anchored)
    {
        double[] weights = [.. Enumerable.Range(0, Mixed.Length).Select(i => 0.5 + (i % 3))];
        LinearModel anchor = anchored ? new([0.3f, -2, 1], [1, 0, -1, 0.5f, 2, -0.5f], [1, -1], 0) : new(new float[3], new float[6], new float[2], 0);

        var (model, thresholds) = LinearFit.Fit(new LinearProblem(Mixed, Features, Buckets), weights, Shrinkage, centring: 0.01, iterations: 500, anchor: anchored ? anchor : null);

        // The slope of the loss by central differences, in single precision's reach.
        for (var i = 0; i < 3; i++)
            Assert.Equal(0, Slope(delta => model with { Dense = Moved(model.Dense, i, delta) }), 2e-3);
        for (var i = 0; i < 6; i++)
            Assert.Equal(0, Slope(delta => model with { Sparse = Moved(model.Sparse, i, delta) }), 2e-3);
        for (var i = 0; i < 2; i++)
            Assert.Equal(0, Slope(delta => model with { Kernel = Moved(model.Kernel, i, delta) }), 2e-3);
        Assert.Equal(0, Slope(delta => model with { Bias = model.Bias + delta }), 2e-3);
        Assert.Equal(thresholds.Order(), thresholds);

        double Slope(Func<float, LinearModel> moved) => (Loss(moved(0.01f)) - Loss(moved(-0.01f))) / 0.02;

        double Loss(LinearModel m)
        {
            double loss = 0;
            for (int e = 0, row = 0; e < Mixed.Length; row += Mixed[e].Inputs.Count, e++)
            {
                double[] scores = [.. Mixed[e].Inputs.Select((_, r) => m.Score(Features[row + r]))];
                loss += weights[e] * Mixed[e].Loss(scores, new LossTerms(thresholds, 0.01), new double[scores.Length], new double[4]);
            }

            return (loss / weights.Sum()) + (0.5 * ((Shrinkage.Dense * Away(m.Dense, anchor.Dense)) + (Shrinkage.Words * Away(m.Sparse[..Buckets], anchor.Sparse[..Buckets]))
                + (Shrinkage.Agreement * Away(m.Sparse[Buckets..], anchor.Sparse[Buckets..])) + (Shrinkage.Kernel * Away(m.Kernel, anchor.Kernel))));
        }
    }

    [Fact]
    public void What_no_reply_has_stays_at_its_anchor()
    {
        RewardExample[] thumbs = [.. Enumerable.Range(0, Replies).Select(i => Thumb(i))];
        var anchor = new LinearModel(new float[3], [0, 0, 0, 0, 0, 0, 7, 8], new float[2], 0);

        var model = LinearFit.Fit(new LinearProblem(thumbs, Features, Buckets + 1), [.. thumbs.Select(_ => 1.0)], Shrinkage, anchor: anchor).Model;

        Assert.Equal([7, 8], model.Sparse[6..]);
    }

    [Fact]
    public void An_example_of_weight_2_counts_as_two()
    {
        RewardExample[] thumbs = [.. Enumerable.Range(0, Replies).Select(i => Thumb(i))];
        double[] weights = [.. Enumerable.Repeat(1.0, Replies)];
        weights[5] = 2;

        var weighted = LinearFit.Fit(new LinearProblem(thumbs, Features, Buckets), weights, Shrinkage, iterations: 500).Model;
        var repeated = LinearFit.Fit(new LinearProblem([.. thumbs, thumbs[5]], [.. Features, Features[5]], Buckets), [.. Enumerable.Repeat(1.0, Replies + 1)], Shrinkage, iterations: 500).Model;

        Assert.All(Features, x => Assert.Equal(repeated.Score(x), weighted.Score(x), 0.01));
    }

    [Fact]
    public void What_is_left_out_has_no_weight()
    {
        double[] weights = [.. Enumerable.Repeat(1.0, Mixed.Length)];

        var model = LinearFit.Fit(new LinearProblem(Mixed, Features, Buckets), weights, Shrinkage with { Agreement = Penalties.LeftOut, Kernel = Penalties.LeftOut }).Model;

        Assert.All(model.Sparse[..Buckets], weight => Assert.NotEqual(0, weight));
        Assert.All(model.Sparse[Buckets..], weight => Assert.Equal(0, weight));
        Assert.Empty(model.Kernel);
    }

    [Fact]
    public void Weights_that_add_up_to_nothing_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => LinearFit.Fit(new LinearProblem(Mixed, Features, Buckets), new double[Mixed.Length], Shrinkage));

        Assert.Contains("add up to 0", error.Message);
    }

    private static ThumbExample Thumb(int i) => new(Unread, Worth[i] > 0, 1, $"{i}");

    private static LinearFeatures Feature(int i)
    {
        var random = new Random(i);
        return new LinearFeatures(
            [random.NextSingle(), random.NextSingle(), random.NextSingle()],
            [.. Enumerable.Range(0, 6).Where(_ => random.Next(3) == 0)],
            i % 2 == 0 ? [random.NextSingle()] : [random.NextSingle(), random.NextSingle()]);
    }

    private static double Away(float[] values, float[] from) => values.Zip(from, (value, start) => (double)(value - start) * (value - start)).Sum();

    private static float[] Moved(float[] values, int index, float delta)
    {
        float[] moved = [.. values];
        moved[index] += delta;
        return moved;
    }
}
