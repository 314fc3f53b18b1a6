using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Model;

public sealed class CausalLmTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_come_back_under_their_names_with_the_same_numbers(bool tied)
    {
        var model = TinyModels.Create(tied: tied);
        using var lm = CausalLm.From(model);

        var back = lm.ToWeights();

        Assert.Equal(model.Weights.Tensors.Keys.Order(), back.Tensors.Keys.Order());
        foreach (var (name, tensor) in model.Weights.Tensors)
        {
            Assert.Equal(tensor.Shape, back[name].Shape);
            Assert.Equal(tensor.Values, back[name].Values);
        }
    }

    [Fact]
    public void What_comes_after_a_position_does_not_change_it()
    {
        using var lm = CausalLm.From(TinyModels.Create(context: 300));
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var ids = TinyModels.Ids(290, seed: 3);
        int[] changed = [.. ids[..200], .. TinyModels.Ids(90, seed: 4)];

        var one = lm.Hidden(Row(ids)).ToArray();
        var other = lm.Hidden(Row(changed)).ToArray();

        Assert.Equal(one[..(200 * 32)], other[..(200 * 32)]);
        Assert.NotEqual(one[(200 * 32)..], other[(200 * 32)..]);
    }

    [Fact]
    public void Blocks_of_queries_give_what_one_block_gives()
    {
        // 128 queries make a block: a row longer than that, and the same row cut inside the first block.
        using var lm = CausalLm.From(TinyModels.Create(context: 300));
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var ids = TinyModels.Ids(300, seed: 3);

        var whole = lm.Hidden(Row(ids)).ToArray();
        var cut = lm.Hidden(Row(ids[..100])).ToArray();

        Assert.All(cut.Zip(whole), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void Token_log_probs_are_those_of_the_whole_softmax()
    {
        using var lm = CausalLm.From(TinyModels.Create());
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var ids = tensor(Array.ConvertAll(TinyModels.Ids(24, seed: 6), id => (long)id), [2, 12]);   // (2, 12)
        var hidden = lm.Hidden(ids);                                                                // (2, 12, 32)

        var few = lm.TokenLogProbs(hidden, tensor(new long[] { 3, 17 }), tensor(new long[] { 42, 7 }), temperature: 0.7).ToArray();

        var all = (lm.Logits(hidden) / 0.7).log_softmax(-1).ToArray();                              // (2, 12, 300)
        Assert.Equal(all[(3 * 300) + 42], few[0], 1e-5f);
        Assert.Equal(all[(17 * 300) + 7], few[1], 1e-5f);
    }

    [Fact]
    public void A_frozen_trunk_has_no_gradients()
    {
        using var lm = CausalLm.From(TinyModels.Create());
        Assert.All(lm.parameters(), parameter => Assert.False(parameter.requires_grad));
    }

    [Theory]
    [InlineData(65)]
    [InlineData(0)]
    public void Ids_that_do_not_fit_the_context_are_refused(int length)
    {
        using var lm = CausalLm.From(TinyModels.Create());
        using var ids = zeros([1, length], ScalarType.Int64);

        var error = Assert.Throws<ArgumentException>(() => lm.Hidden(ids));

        Assert.Contains($"[1, {length}]", error.Message);
        Assert.Contains("64", error.Message);
    }

    private static Tensor Row(int[] ids) => tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]);
}
