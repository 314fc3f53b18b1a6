using Rlhf.Learning.Reward;

namespace Rlhf.Learning.Tests.Reward;

public sealed class LogisticRegressionTests
{
    private static readonly LinearFeatures[] Examples = [.. Enumerable.Range(0, 200).Select(Example)];
    private static readonly bool[] Up = [.. Examples.Select((x, i) => x.Dense[0] - (0.5 * x.Dense[2]) + (x.Sparse.Contains(3) ? 1 : 0) + (i % 7 == 0 ? 2 : 0) > 0.4)];

    [Fact]
    public void The_answer_is_where_the_gradient_is_zero()
    {
        double[] weights = [.. Enumerable.Range(0, 200).Select(i => 0.5 + (i % 3))];
        const double denseL2 = 0.02, sparseL2 = 0.05;

        var model = LogisticRegression.Fit(Examples, Up, weights, sparseSize: 6, denseL2, sparseL2, iterations: 500);

        // The slope of the loss by central differences, in single precision's reach.
        for (var i = 0; i < 3; i++)
            Assert.Equal(0, Slope(delta => model with { Dense = Moved(model.Dense, i, delta) }), 2e-3);
        for (var i = 0; i < 6; i++)
            Assert.Equal(0, Slope(delta => model with { Sparse = Moved(model.Sparse, i, delta) }), 2e-3);
        Assert.Equal(0, Slope(delta => model with { Bias = model.Bias + delta }), 2e-3);

        double Slope(Func<float, LinearModel> moved) => (Loss(moved(0.01f)) - Loss(moved(-0.01f))) / 0.02;

        double Loss(LinearModel m) =>
            (Enumerable.Range(0, 200).Sum(i => weights[i] * LogisticRegression.Loss(m.Score(Examples[i]), Up[i])) / weights.Sum())
            + (0.5 * denseL2 * m.Dense.Sum(w => (double)w * w)) + (0.5 * sparseL2 * m.Sparse.Sum(w => (double)w * w));
    }

    [Fact]
    public void An_example_of_weight_2_counts_as_two()
    {
        double[] weights = [.. Enumerable.Repeat(1.0, 200)];
        weights[5] = 2;

        var weighted = LogisticRegression.Fit(Examples, Up, weights, 6, 0.02, 0.02, iterations: 500);
        var repeated = LogisticRegression.Fit([.. Examples, Examples[5]], [.. Up, Up[5]], [.. Enumerable.Repeat(1.0, 201)], 6, 0.02, 0.02, iterations: 500);

        Assert.All(Examples, x => Assert.Equal(repeated.Score(x), weighted.Score(x), 0.01));
    }

    [Fact]
    public void Weights_that_add_up_to_nothing_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(Examples, Up, new double[200], 6, 0.1, 0.1));

        Assert.Contains("add up to 0", error.Message);
    }

    private static LinearFeatures Example(int i)
    {
        var random = new Random(i);
        return new LinearFeatures([random.NextSingle(), random.NextSingle(), random.NextSingle()], [.. Enumerable.Range(0, 6).Where(_ => random.Next(3) == 0)]);
    }

    private static float[] Moved(float[] values, int index, float delta)
    {
        float[] moved = [.. values];
        moved[index] += delta;
        return moved;
    }
}
