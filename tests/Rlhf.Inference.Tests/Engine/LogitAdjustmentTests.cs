namespace Rlhf.Inference.Tests;

/// <summary>Biases, penalties and the likeliest tokens, beside a plain twin of OpenAI's formula.</summary>
public sealed class LogitAdjustmentTests
{
    private static readonly BaseModel Model = new(TestModels.Config with { EosTokenIds = [] }, TestModels.Tokenizer, TestModels.Random().Weights);
    private static readonly int[] Prompt = [7, 41, 99, 123, 5];
    private static readonly int[] Tokens = [.. Enumerable.Range(0, Model.Config.VocabularySize).Where(Model.Tokenizer.Knows)];

    private static readonly SamplingOptions Adjusted = new()
    {
        FrequencyPenalty = 0.9,
        PresencePenalty = -0.4,
        LogitBias = new Dictionary<int, double> { [12] = 3.5, [77] = -100, [200] = 1.25 },
        TopLogProbs = 4,
        Seed = 3,
    };

    [Theory]
    [InlineData(0, 0.9, -0.4)]
    [InlineData(0, 2, 2)]
    [InlineData(0, -1.5, 0)]
    [InlineData(0.8, 0.9, -0.4)]
    [InlineData(1.3, 0, 1.7)]
    public async Task AReply_IsDrawnFromTheAdjustedDistribution(double temperature, double frequency, double presence)
    {
        using DecodeEngine engine = Engine();
        SamplingOptions sampling = Adjusted with { Temperature = temperature, FrequencyPenalty = frequency, PresencePenalty = presence };
        List<DecodedToken> reply = await Collect(engine, sampling);
        var random = new ReplyRandom(3);
        Assert.Equal(40, reply.Count);
        for (int i = 0; i < reply.Count; i++)
        {
            double[] logProbs = Twin([.. reply.Take(i).Select(token => token.Id)], sampling);
            int[] order = [.. Tokens.OrderByDescending(id => logProbs[id])];
            Assert.Equal(temperature == 0 ? order[0] : Drawn(logProbs, random.Uniform(i)), reply[i].Id);
            Assert.Equal(logProbs[reply[i].Id], reply[i].LogProb, 1e-3);
            Assert.Equal(order[..4], reply[i].Likeliest!.Select(token => token.Id));
            Assert.All(reply[i].Likeliest!, token => Assert.Equal(logProbs[token.Id], token.LogProb, 1e-3));
        }
    }

    [Fact]
    public async Task ABiasOf100_IsAllThatIsDrawn_AndOneOfMinus100_NeverIs()
    {
        using DecodeEngine engine = Engine();
        List<DecodedToken> free = await Collect(engine, new SamplingOptions { Temperature = 0 });
        int banned = free[0].Id;
        List<DecodedToken> without = await Collect(engine, new SamplingOptions { Seed = 5, LogitBias = new Dictionary<int, double> { [banned] = -100 } });
        Assert.DoesNotContain(banned, without.Select(token => token.Id));
        List<DecodedToken> alone = await Collect(engine, new SamplingOptions { Seed = 5, LogitBias = new Dictionary<int, double> { [33] = 100 } });
        Assert.All(alone, token => Assert.Equal(33, token.Id));
    }

    [Fact]
    public async Task AnAdjustedReply_IsTheSameBits_AloneAndInAnyCompany_WholeAndStreamed()
    {
        SamplingOptions[] requests = [.. Enumerable.Range(0, 12).Select(i => i % 3 == 0 ? new SamplingOptions { Seed = (ulong)i } : Adjusted with { Seed = (ulong)i, PresencePenalty = i * 0.1 })];
        using DecodeEngine single = Engine();
        using DecodeEngine many = Engine(threads: 3);
        Generation[] together = await Task.WhenAll(requests.Select(sampling => many.CompleteAsync(Request(sampling))));
        for (int i = 0; i < requests.Length; i++)
        {
            List<DecodedToken> alone = await Collect(single, requests[i]);
            Assert.Equal(alone.Select(token => (token.Id, token.LogProb)), together[i].Tokens.Zip(together[i].LogProbs));
            Assert.Equal(i % 3 == 0, together[i].Likeliest is null);
            Assert.Equal(alone.SelectMany(token => token.Likeliest ?? []), (together[i].Likeliest ?? []).SelectMany(likeliest => likeliest));
        }
    }

    [Fact]
    public async Task WhatAdjustsNothing_ChangesNothing()
    {
        Assert.Null(LogitAdjustment.Of(new SamplingOptions { LogitBias = new Dictionary<int, double>() }));
        using DecodeEngine engine = Engine();
        List<DecodedToken> plain = await Collect(engine, new SamplingOptions { Seed = 4 });
        Assert.All(plain, token => Assert.Null(token.Likeliest));
        List<DecodedToken> told = await Collect(engine, new SamplingOptions { Seed = 4, TopLogProbs = 20 });
        Assert.Equal(plain.Select(token => (token.Id, token.LogProb)), told.Select(token => (token.Id, token.LogProb)));
        Assert.All(told, token => Assert.Equal((20, true), (token.Likeliest!.Count, token.Likeliest.SequenceEqual(token.Likeliest.OrderByDescending(likely => likely.LogProb)))));
    }

    [Fact]
    public async Task TopPZero_TakesTheLikeliest()
    {
        using DecodeEngine engine = Engine();
        List<DecodedToken> greedy = await Collect(engine, new SamplingOptions { Temperature = 0 });
        Assert.Equal(greedy.Select(token => token.Id), (await Collect(engine, new SamplingOptions { TopP = 0, Seed = 8 })).Select(token => token.Id));
    }

    [Theory]
    [InlineData(double.NaN, 0, 0, 0)]
    [InlineData(0, double.PositiveInfinity, 0, 0)]
    [InlineData(0, 0, double.NegativeInfinity, 0)]
    [InlineData(0, 0, 0, -1)]
    public void OptionsThatAreNoNumbers_AreRefused(double frequency, double presence, double bias, int top) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { FrequencyPenalty = frequency, PresencePenalty = presence, LogitBias = new Dictionary<int, double> { [1] = bias }, TopLogProbs = top }.Validate());

    [Fact]
    public async Task ABiasOfNoRow_IsRefused()
    {
        using DecodeEngine engine = Engine();
        foreach (int id in (int[])[-1, 400])
            await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request(new SamplingOptions { LogitBias = new Dictionary<int, double> { [id] = 1 } })));
    }

    // The formula as OpenAI writes it, over logits of the plain forward pass, and the logarithm of the softmax at the temperature.
    private static double[] Twin(int[] reply, SamplingOptions sampling)
    {
        double[] logits = new PlainForward(Model).Logits([.. Prompt, .. reply])[^1];
        for (int id = 0; id < logits.Length; id++)
        {
            int count = reply.Count(token => token == id);
            logits[id] += sampling.LogitBias!.GetValueOrDefault(id) - (count * sampling.FrequencyPenalty) - ((count > 0 ? 1 : 0) * sampling.PresencePenalty);
            logits[id] /= sampling.Temperature == 0 ? 1 : sampling.Temperature;
        }

        double logSum = logits.Max() + Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));
        return [.. logits.Select(logit => logit - logSum)];
    }

    // The inverse of the distribution's function over the tokens that there are.
    private static int Drawn(double[] logProbs, double uniform)
    {
        double left = uniform * Tokens.Sum(id => Math.Exp(logProbs[id]));
        return Tokens.First(id => (left -= Math.Exp(logProbs[id])) < 0);
    }

    private static DecodeEngine Engine(int threads = 1)
    {
        var engine = new DecodeEngine(Model, new DecodeOptions { Threads = threads });
        engine.Load("base", null);
        return engine;
    }

    private static GenerationRequest Request(SamplingOptions sampling) => new() { Version = "base", Prompt = Prompt, MaxTokens = 40, Sampling = sampling };

    private static async Task<List<DecodedToken>> Collect(DecodeEngine engine, SamplingOptions sampling)
    {
        var list = new List<DecodedToken>();
        await foreach (DecodedToken token in engine.GenerateAsync(Request(sampling)).OneByOne())
            list.Add(token);
        return list;
    }
}
