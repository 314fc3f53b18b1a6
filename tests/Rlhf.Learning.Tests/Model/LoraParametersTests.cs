using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Model;

public sealed class LoraParametersTests
{
    public static TheoryData<string[]> Targets => new(
        [.. Projections.All],
        [Projections.Query, Projections.Value],
        [Projections.Key],
        [Projections.Up, Projections.Down]);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Gradients_agree_with_finite_differences(string[] targets)
    {
        const float step = 5e-3f;
        var model = TinyModels.Create();
        using var lm = CausalLm.From(model);
        var adapter = TinyModels.Adapter(model.Config, targets);
        using var lora = new LoraParameters(model.Config, adapter);
        using var scope = NewDisposeScope();
        Loss(lm, lora).backward();
        var gradients = lora.named_parameters().ToDictionary(named => named.name, named => named.parameter.grad!.ToArray());

        foreach (var (path, pair) in adapter.Modules)
        {
            Compare(path, "A", pair.A);
            Compare(path, "B", pair.B);
        }

        void Compare(string path, string letter, WeightTensor values)
        {
            var gradient = gradients[$"{path.Replace('.', '_')}_{letter}"];
            foreach (var i in (int[])[0, values.Values.Length / 2, values.Values.Length - 1])
            {
                var before = values.Values[i];
                values.Values[i] = before + step;
                var above = LossOf(adapter);
                values.Values[i] = before - step;
                var below = LossOf(adapter);
                values.Values[i] = before;
                Assert.Equal((above - below) / (2 * step), gradient[i], 2e-3);
            }
        }

        double LossOf(LoraAdapter changed)
        {
            using var inner = NewDisposeScope();
            using var inference = no_grad();
            using var other = new LoraParameters(model.Config, changed);
            return Loss(lm, other).item<float>();
        }
    }

    [Fact]
    public void A_new_adapter_changes_nothing_and_one_seed_gives_one_start()
    {
        var model = TinyModels.Create();
        using var lm = CausalLm.From(model);
        using var one = new LoraParameters(model.Config, new LoraOptions(), seed: 7);
        using var same = new LoraParameters(model.Config, new LoraOptions(), seed: 7);
        using var scope = NewDisposeScope();
        using var inference = no_grad();

        Assert.Equal(lm.Hidden(Ids()).ToArray(), lm.Hidden(Ids(), one).ToArray());
        Assert.All(
            one.ToAdapter().Modules,
            module => Assert.Equal(module.Value.A.Values, same.ToAdapter().Modules[module.Key].A.Values));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(9, 0)]
    public void The_top_layers_only_get_pairs_and_they_are_those_of_an_adapter_on_all(int topLayers, int lowest)
    {
        var config = TinyModels.Create().Config;
        Assert.Equal(2, config.Layers);
        using var all = new LoraParameters(config, new LoraOptions(), seed: 7);
        using var top = new LoraParameters(config, new LoraOptions { TopLayers = topLayers }, seed: 7);

        var adapter = top.ToAdapter();

        Assert.Equal(lowest, adapter.LowestLayer());
        Assert.Equal((config.Layers - lowest) * Projections.All.Count, adapter.Modules.Count);
        Assert.All(adapter.Modules, module => Assert.Equal(all.ToAdapter().Modules[module.Key].A.Values, module.Value.A.Values));
    }

    [Fact]
    public void One_trunk_serves_several_adapters_at_once()
    {
        var model = TinyModels.Create();
        using var lm = CausalLm.From(model);
        using var one = new LoraParameters(model.Config, TinyModels.Adapter(model.Config, Projections.All, seed: 1));
        using var other = new LoraParameters(model.Config, TinyModels.Adapter(model.Config, [Projections.Value], seed: 2, rank: 5));
        using var scope = NewDisposeScope();

        var bare = lm.Hidden(Ids()).ToArray();
        var first = lm.Hidden(Ids(), one);
        var second = lm.Hidden(Ids(), other);
        (first.sum() + second.sum()).backward();

        Assert.NotEqual(bare, first.ToArray());
        Assert.NotEqual(first.ToArray(), second.ToArray());
        Assert.Equal(bare, lm.Hidden(Ids()).ToArray());
        Assert.All(one.parameters().Concat(other.parameters()), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void An_adapter_comes_back_as_it_was()
    {
        var model = TinyModels.Create();
        var adapter = TinyModels.Adapter(model.Config, Projections.All);
        using var lora = new LoraParameters(model.Config, adapter);

        var back = lora.ToAdapter();

        Assert.Equal((adapter.Rank, adapter.Alpha), (back.Rank, back.Alpha));
        Assert.Equal(adapter.Modules.Keys.Order(), back.Modules.Keys.Order());
        Assert.All(adapter.Modules, module => Assert.Equal(module.Value.B.Values, back.Modules[module.Key].B.Values));
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused()
    {
        var adapter = TinyModels.Adapter(TinyModels.Create(heads: 8, keyValueHeads: 4).Config, Projections.All);
        Assert.Throws<InvalidDataException>(() => new LoraParameters(TinyModels.Create().Config, adapter));
    }

    private static Tensor Ids() => tensor(Array.ConvertAll(TinyModels.Ids(24, seed: 6), id => (long)id), [2, 12]);

    private static Tensor Loss(CausalLm lm, LoraParameters lora)
    {
        var positions = arange(24, ScalarType.Int64);
        var targets = tensor(Array.ConvertAll(TinyModels.Ids(24, seed: 8), id => (long)id));
        return lm.TokenLogProbs(lm.Hidden(Ids(), lora), positions, targets).mean().neg();
    }
}
