namespace Rlhf.Inference.Tests;

public sealed class ForwardTests
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 70).Select(i => (i * 37 + 11) % 400)];

    public static TheoryData<string> Widths => AllKernels.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Logits_EqualThePlainTwin(string width)
    {
        BaseModel model = TestModels.Random();
        AssertClose(new PlainForward(model).Logits(Tokens), new LogitsEvaluator(model, null, AllKernels.Of(width), chunk: 64).Logits(Tokens));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Logits_WithAnAdapter_EqualThePlainTwin(string width)
    {
        BaseModel model = TestModels.Random();
        LoraAdapter adapter = TestModels.Adapter(model.Config, rank: 5, seed: 3, deviation: 0.2f);
        float[][] changed = new LogitsEvaluator(model, adapter, AllKernels.Of(width), chunk: 64).Logits(Tokens);
        AssertClose(new PlainForward(model, adapter).Logits(Tokens), changed);
        Assert.True(Math.Abs(changed[5][5] - new LogitsEvaluator(model).Logits(Tokens)[5][5]) > 0.01);
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16)]
    [InlineData(WeightPrecision.Int8)]
    public void Logits_OfRoundedWeights_EqualThePlainTwin(WeightPrecision precision)
    {
        BaseModel model = TestModels.Random();
        LoraAdapter adapter = TestModels.Adapter(model.Config, rank: 5, seed: 3, deviation: 0.2f);
        AssertClose(
            new PlainForward(PlainWeights.Rounded(model, precision), adapter).Logits(Tokens),
            new LogitsEvaluator(model, adapter, precision).Logits(Tokens));
    }

    [Fact]
    public void Logits_OfAModelWithUntiedHeadAndWholePanels_EqualThePlainTwin()
    {
        ModelConfig config = TestModels.Config with { HiddenSize = 64, IntermediateSize = 192, Heads = 4, KeyValueHeads = 1, HeadSize = 32, TiedEmbeddings = false, RopeTheta = 500 };
        BaseModel model = TestModels.Random(2, config);
        AssertClose(new PlainForward(model).Logits(Tokens), new LogitsEvaluator(model).Logits(Tokens));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Logits_AreTheSameBits_HoweverThePromptIsCut(string width)
    {
        BaseModel model = TestModels.Random();
        LoraAdapter adapter = TestModels.Adapter(model.Config, rank: 4, seed: 3);
        float[][] whole = new LogitsEvaluator(model, adapter, AllKernels.Of(width), chunk: 70).Logits(Tokens);
        foreach (int chunk in (int[])[1, 2, 3, 7, 64])
            Assert.Equal(whole, new LogitsEvaluator(model, adapter, AllKernels.Of(width), chunk).Logits(Tokens));
    }

    [Fact]
    public void Logits_RefuseWhatDoesNotFit()
    {
        var evaluator = new LogitsEvaluator(TestModels.Random());
        Assert.Contains("context has 96", Assert.Throws<ArgumentException>(() => evaluator.Logits(new int[97])).Message);
        Assert.Contains("Token 400", Assert.Throws<ArgumentException>(() => evaluator.Logits([1, 400])).Message);
    }

    [Fact]
    public void AWeightThatIsNotFinite_IsRefusedByName()
    {
        BaseModel model = TestModels.Random();
        model.Weights["model.layers.1.mlp.up_proj.weight"].Values[3] = float.NaN;
        Assert.Contains("model.layers.1.mlp.up_proj.weight", Assert.Throws<InvalidDataException>(() => new LogitsEvaluator(model)).Message);
    }

    internal static void AssertClose(double[][] expected, float[][] actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max();
        Assert.True(worst < tolerance, $"The logits differ by up to {worst}; they may by {tolerance}.");
    }
}
