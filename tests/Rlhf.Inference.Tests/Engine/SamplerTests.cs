namespace Rlhf.Inference.Tests;

public sealed unsafe class SamplerTests
{
    private static readonly float[] Logits = [1f, 3f, -2f, 2.5f, 0f, 3.2f, -7f, 1.5f, 0.5f];

    [Theory]
    [InlineData(1.0, 0, 1.0)]
    [InlineData(0.5, 0, 1.0)]
    [InlineData(2.0, 3, 1.0)]
    [InlineData(1.0, 0, 0.6)]
    [InlineData(1.0, 0, 0.95)]
    [InlineData(1.3, 4, 0.8)]
    [InlineData(1.0, 1, 1.0)]
    public void Frequencies_AreTheTruncatedDistributions(double temperature, int topK, double topP)
    {
        const int draws = 40_000;
        double[] expected = Truncated(temperature, topK, topP);
        var counts = new int[Logits.Length];
        for (int i = 0; i < draws; i++)
            counts[Draw(new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP }, index: i).Id]++;
        for (int id = 0; id < Logits.Length; id++)
        {
            if (expected[id] == 0)
                Assert.Equal(0, counts[id]);
            else
                Assert.Equal(expected[id], counts[id] / (double)draws, 0.012);
        }
    }

    [Fact]
    public void LogProb_IsOfTheWholeDistribution_WhateverIsCut()
    {
        double[] whole = Truncated(0.8, 0, 1);
        for (int i = 0; i < 50; i++)
        {
            (int id, float logProb) = Draw(new SamplingOptions { Temperature = 0.8, TopK = 2, TopP = 0.9 }, index: i);
            Assert.Equal(Math.Log(whole[id]), logProb, 1e-5);
        }
    }

    [Fact]
    public void TemperatureZero_TakesTheLikeliest_WithItsLogProbAtOne()
    {
        (int id, float logProb) = Draw(new SamplingOptions { Temperature = 0 });
        Assert.Equal(5, id);
        Assert.Equal(Math.Log(Truncated(1, 0, 1)[5]), logProb, 1e-5);
    }

    [Fact]
    public void TheSmallestTemperature_TakesTheLikeliest()
    {
        (int id, float logProb) = Draw(new SamplingOptions { Temperature = double.Epsilon });
        Assert.Equal((5, 0f), (id, logProb));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.001, 0, 1)]
    [InlineData(0.001, 5, 1)]
    [InlineData(0.001, 0, 0.9)]
    public void WhereTheLikeliestAreNoTokens_TheOthersAreWeighedAmongThemselves(double temperature, int topK, double topP)
    {
        float[] logits = [1f, 300f, -2f, 2.5f, 0f, 3.2f, -7f, 299f, 0.5f];
        var known = new AlignedFloats(logits.Length);
        for (int id = 0; id < known.Length; id++)
            known.Span[id] = logits[id] < 100 ? 1 : 0;
        for (int i = 0; i < 50; i++)
            Assert.Equal(5, Draw(new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP }, i, logits, known).Id);
    }

    [Fact]
    public void Numbers_DependOnSeedAndPlaceAlone_AndFillTheRange()
    {
        var random = new ReplyRandom(42);
        double[] numbers = [.. Enumerable.Range(0, 10_000).Select(random.Uniform)];
        Assert.Equal(numbers, Enumerable.Range(0, 10_000).Select(new ReplyRandom(42).Uniform));
        Assert.All(numbers, number => Assert.InRange(number, 0, 1 - 1e-17));
        Assert.Equal(0.5, numbers.Average(), 0.01);
        Assert.Equal(10_000, numbers.Distinct().Count());
        Assert.Empty(numbers.Intersect(Enumerable.Range(0, 10_000).Select(new ReplyRandom(43).Uniform)));
    }

    [Fact]
    public void LogitsThatAreNotFinite_AreAnError()
    {
        foreach (float broken in (float[])[float.NaN, float.PositiveInfinity])
        {
            float[] logits = [1, broken, 0];
            Assert.Throws<InvalidOperationException>(() => Draw(new SamplingOptions(), logits: logits));
        }
    }

    [Theory]
    [InlineData(-0.1, 1.0, 0)]
    [InlineData(double.NaN, 1.0, 0)]
    [InlineData(double.PositiveInfinity, 1.0, 0)]
    [InlineData(1.0, -0.1, 0)]
    [InlineData(1.0, 1.1, 0)]
    [InlineData(1.0, 1.0, -1)]
    public void OptionsOutOfRange_AreRefused(double temperature, double topP, int topK) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = temperature, TopP = topP, TopK = topK }.Validate());

    private static (int Id, float LogProb) Draw(SamplingOptions options, int index = 0, float[]? logits = null, AlignedFloats? known = null)
    {
        logits ??= Logits;
        fixed (float* pointer = logits)
            return new Sampler(options, 7).Draw(Kernels.Best, pointer, logits.Length, known, index, new SamplerRoom(logits.Length));
    }

    // The definition: sort, keep k, renormalise, keep the shortest head that reaches p, renormalise.
    private static double[] Truncated(double temperature, int topK, double topP)
    {
        double[] weights = [.. Logits.Select(logit => Math.Exp(logit / temperature))];
        List<int> kept = [.. Enumerable.Range(0, weights.Length).OrderByDescending(id => weights[id]).Take(topK == 0 ? weights.Length : topK)];
        double total = kept.Sum(id => weights[id]);
        double reached = 0;
        List<int> nucleus = [.. kept.TakeWhile(id => (reached += weights[id]) - weights[id] < topP * total)];
        double left = nucleus.Sum(id => weights[id]);
        return [.. Enumerable.Range(0, weights.Length).Select(id => nucleus.Contains(id) ? weights[id] / left : 0)];
    }
}
