using Rlhf.Inference;
using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Model;

public sealed class PickedRowsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_last_layer_that_skips_rows_gives_the_others_what_they_had(int from)
    {
        var model = TinyModels.Create();
        using var trunk = CausalLm.From(model);
        using var lora = new LoraParameters(model.Config, TinyModels.Adapter(model.Config, Projections.All));
        using var scope = NewDisposeScope();
        var residual = trunk.Below(tensor(TinyModels.Ids(24, seed: 3).Select(id => (long)id).ToArray(), [2, 12]), from);
        long[] positions = [3, 4, 11, 12, 23];
        var targets = tensor(new long[] { 5, 6, 7, 8, 9 });

        var hidden = trunk.Above(residual, from, lora);
        var expected = trunk.TokenLogProbs(hidden, tensor(positions), targets, 0.7);
        expected.sum().backward();
        var expectedGradient = Gradient(lora);
        foreach (var parameter in lora.parameters())
            parameter.grad?.zero_();
        var actual = trunk.LogProbsOf(trunk.AboveAt(residual, from, tensor(positions), lora), targets, 0.7);

        Near(expected.ToArray(), actual.ToArray());
        actual.sum().backward();
        Near(expectedGradient, Gradient(lora));
    }

    private static float[] Gradient(LoraParameters lora) => [.. lora.parameters().SelectMany(parameter => parameter.grad is { } gradient ? gradient.ToArray() : [])];

    private static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }
}
