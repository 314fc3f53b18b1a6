using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Algorithms;
using Rlhf.Learning.Tests.Pipeline;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Model;

public sealed class ProductPrecisionTests
{
    [Fact]
    public void In_bfloat16_the_trunk_says_nearly_what_it_says_in_float32()
    {
        var model = TinyModels.Create();
        var adapter = TinyModels.Adapter(model.Config, Projections.All);
        using var exact = CausalLm.From(model);
        using var half = CausalLm.From(model, precision: ProductPrecision.BFloat16);
        using var lora = new LoraParameters(model.Config, adapter);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var ids = tensor(TinyModels.Ids(24, seed: 3).Select(id => (long)id).ToArray(), [2, 12]);

        var expected = exact.Logits(exact.Hidden(ids, lora)).log_softmax(-1);
        var actual = half.Logits(half.Hidden(ids, lora)).log_softmax(-1);

        var difference = (expected - actual).abs().max().item<float>();
        Assert.Equal(ScalarType.Float32, actual.dtype);
        Assert.InRange(difference, 1e-6, 0.1);
    }

    [Fact]
    public void In_bfloat16_a_LoRA_has_nearly_the_gradient_it_has_in_float32_and_keeps_its_own_in_float32()
    {
        var model = TinyModels.Create();
        using var exact = CausalLm.From(model);
        using var half = CausalLm.From(model, precision: ProductPrecision.BFloat16);

        var expected = Gradient(exact);
        var actual = Gradient(half);

        var cosine = expected.Zip(actual, (a, b) => (double)a * b).Sum() / Math.Sqrt(expected.Sum(a => (double)a * a) * actual.Sum(b => (double)b * b));
        Assert.InRange(cosine, 0.99, 1);
        Assert.NotEqual(expected, actual);

        float[] Gradient(CausalLm trunk)
        {
            using var scope = NewDisposeScope();
            using var lora = new LoraParameters(model.Config, TinyModels.Adapter(model.Config, Projections.All));
            var ids = tensor(TinyModels.Ids(24, seed: 3).Select(id => (long)id).ToArray(), [2, 12]);
            trunk.TokenLogProbs(trunk.Hidden(ids, lora), tensor(new long[] { 1, 5, 14 }), tensor(new long[] { 7, 8, 9 })).sum().backward();
            return [.. lora.parameters().SelectMany(parameter =>
            {
                Assert.Equal(ScalarType.Float32, parameter.grad!.dtype);
                return parameter.grad.ToArray();
            })];
        }
    }

    [Fact]
    public void In_bfloat16_the_first_ratio_of_PPO_is_1_all_the_same()
    {
        using var toy = new ToyPolicy();
        using var trunk = CausalLm.From(toy.Model, precision: ProductPrecision.BFloat16);
        using var reward = toy.ManyWords();
        using var ppo = new Ppo(
            toy.Task(reward, toy.Changed()) with { Trunk = trunk },
            ToyChat.Options.Ppo with { Temperature = ToyPolicy.Temperature, Epochs = 1, Minibatches = 1 });

        Assert.Equal(1, ppo.Iterate(CancellationToken.None)["val/ratio"], 1e-5);
    }
}
