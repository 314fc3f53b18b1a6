using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Model;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>Drawing with Torch against drawing with the decode engine, which knows nothing of padding on the left.</summary>
public sealed class TorchSamplerTests
{
    private const double Temperature = 0.9;
    private const float Bound = 1e-3f;

    /// <summary>Family, whether with an adapter.</summary>
    public static TheoryData<ModelFamily, bool> Families => new()
    {
        { ModelFamily.Llama, false },
        { ModelFamily.Llama, true },
        { ModelFamily.Qwen2, true },
        { ModelFamily.Gpt2, false },
        { ModelFamily.Gpt2, true },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Draws_what_the_engine_draws(ModelFamily family, bool adapted)
    {
        var model = Model(family);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.Of(model.Config)) : null;
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 1 });
        using var trunk = CausalLm.From(model);
        var prompts = Prompts(12);

        var expected = new EngineSampler(model, engine, Temperature, maxReplyTokens: 24).Sample(adapter, prompts, seed: 3, CancellationToken.None);
        var drawn = new TorchSampler(model, trunk, Temperature, maxReplyTokens: 24).Sample(adapter, prompts, seed: 3, CancellationToken.None);

        Assert.Contains(expected, reply => reply.Ended);
        Assert.Contains(expected, reply => !reply.Ended);
        Assert.All(expected.Zip(drawn), pair =>
        {
            Assert.Equal(pair.First.Reply, pair.Second.Reply);
            Assert.Equal(pair.First.Text, pair.Second.Text);
            Assert.Equal(pair.First.Ended, pair.Second.Ended);
            Assert.Same(pair.First.Prompt, pair.Second.Prompt);
            Assert.InRange(pair.First.EngineLogProbs.Zip(pair.Second.EngineLogProbs, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);
        });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0.001)]
    public void Never_draws_a_row_of_the_embedding_that_no_token_uses(double temperature)
    {
        var small = TinyModels.Create(seed: 11);
        var config = small.Config with { VocabularySize = 900 };
        var model = new BaseModel(config, TinyModels.Tokenizer, ModelWeights.Random(config, seed: 2, deviation: 0.15f));
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 1 });
        using var trunk = CausalLm.From(model);

        var expected = new EngineSampler(model, engine, temperature, maxReplyTokens: 16).Sample(null, Prompts(24), seed: 1, CancellationToken.None);
        var drawn = new TorchSampler(model, trunk, temperature, maxReplyTokens: 16).Sample(null, Prompts(24), seed: 1, CancellationToken.None);

        Assert.All(drawn.SelectMany(reply => reply.Reply), id => Assert.True(model.Tokenizer.Knows(id)));
        Assert.Equal(expected.Select(reply => reply.Text), drawn.Select(reply => reply.Text));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Finds_the_likeliest_reply_that_the_engine_finds(ModelFamily family, bool adapted)
    {
        var model = Model(family);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.Of(model.Config)) : null;
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 1 });
        using var trunk = CausalLm.From(model);
        var logits = new LogitsEvaluator(model, adapter);
        var prompts = Prompts(12);

        var expected = new EngineSampler(model, engine, Temperature, maxReplyTokens: 24).Likeliest(adapter, prompts, CancellationToken.None);
        var found = new TorchSampler(model, trunk, Temperature, maxReplyTokens: 24).Likeliest(adapter, prompts, CancellationToken.None);

        Assert.All(expected.Zip(found), pair =>
        {
            Assert.Equal(pair.First.Reply, pair.Second.Reply);
            Assert.InRange(pair.First.EngineLogProbs.Zip(pair.Second.EngineLogProbs, (one, other) => Math.Abs(one - other)).Max(), 0, Bound);
            var row = logits.Logits(pair.First.Prompt.Tokens)[^1];
            Assert.Equal(Enumerable.Range(0, 300).Where(model.Tokenizer.Knows).MaxBy(id => row[id]), pair.First.Reply[0]);
        });
    }

    [Fact]
    public void Stops_when_it_is_told_to()
    {
        var model = TinyModels.Create();
        using var trunk = CausalLm.From(model);
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => new TorchSampler(model, trunk, 1, 8).Sample(null, Prompts(2), seed: 1, stop.Token));
    }

    // Random weights say so seldom that they are done; here every twentieth token ends a reply.
    private static BaseModel Model(ModelFamily family)
    {
        var tiny = TinyModels.Create(seed: 11, keyValueHeads: family == ModelFamily.Gpt2 ? 4 : 2, context: 96, family: family);
        return new BaseModel(tiny.Config with { EosTokenIds = [.. Enumerable.Range(0, 300).Where(id => id % 20 == 0)] }, tiny.Tokenizer, tiny.Weights);
    }

    private static RolloutPrompt[] Prompts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new RolloutPrompt([("user", $"{i}")], TinyModels.Ids(1 + (5 * i % 23), seed: i)))];
}
