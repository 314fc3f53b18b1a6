namespace Rlhf.Inference.Tests;

public sealed class EngineTests
{
    private static readonly BaseModel Model = TestModels.Random();
    private static readonly LoraAdapter First = TestModels.Adapter(Model.Config, rank: 4, seed: 1);
    private static readonly LoraAdapter Second = TestModels.Adapter(Model.Config, rank: 17, seed: 2);

    [Fact]
    public async Task Greedy_EqualsThePlainTwin()
    {
        using DecodeEngine engine = Engine();
        int[] prompt = Prompt(1, 9);
        Generation reply = await engine.CompleteAsync(Request("base", prompt, 20, temperature: 0));
        var tokens = new List<int>(prompt);
        foreach ((int id, float logProb) in reply.Tokens.Zip(reply.LogProbs))
        {
            double[] logits = new PlainForward(Model).Logits(tokens)[^1];
            int likeliest = Enumerable.Range(0, Model.Tokenizer.VocabularySize).MaxBy(i => logits[i]);
            Assert.Equal(likeliest, id);
            Assert.Equal(logits[id] - LogSum(logits), logProb, 1e-4);
            tokens.Add(id);
        }
    }

    [Fact]
    public async Task LogProbs_AreUnderTheTemperedDistributionOfTheWholeVocabulary()
    {
        using DecodeEngine engine = Engine();
        int[] prompt = Prompt(2, 5);
        Generation reply = await engine.CompleteAsync(Request("v1", prompt, 30, temperature: 0.7, seed: 5) with { Sampling = new SamplingOptions { Temperature = 0.7, TopP = 0.5, TopK = 9, Seed = 5 } });
        double[][] logits = new PlainForward(Model, First).Logits([.. prompt, .. reply.Tokens]);
        for (int i = 0; i < reply.Tokens.Length; i++)
        {
            double[] tempered = [.. logits[prompt.Length - 1 + i].Select(logit => logit / 0.7)];
            Assert.Equal(tempered[reply.Tokens[i]] - LogSum(tempered), reply.LogProbs[i], 2e-4);
        }
    }

    [Fact]
    public async Task AReply_IsTheSameBits_AloneAndInAnyCompany()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 24).Select(i =>
            Request(i % 3 == 0 ? "base" : $"v{i % 3}", Prompt(i, 1 + (i * 5 % 60)), 8 + i, temperature: i % 4 == 0 ? 0 : 1, seed: (ulong)i))];
        var alone = new List<Generation>();
        using (DecodeEngine engine = Engine(threads: 1, maxBatch: 1))
        {
            foreach (GenerationRequest request in requests)
                alone.Add(await engine.CompleteAsync(request));
        }

        foreach ((int threads, int batch, int chunk) in ((int, int, int)[])[(1, 24, 64), (2, 24, 5), (3, 7, 16)])
        {
            using DecodeEngine engine = Engine(threads, batch, chunk);
            Generation[] together = await Task.WhenAll(requests.Select(request => engine.CompleteAsync(request)));
            for (int i = 0; i < requests.Length; i++)
                AssertSame(alone[i], together[i]);
        }
    }

    [Fact]
    public async Task ASeed_GivesTheSameReplyEveryTime_AndAnotherSeedAnother()
    {
        using DecodeEngine engine = Engine();
        Generation first = await engine.CompleteAsync(Request("base", Prompt(3, 6), 40, seed: 1));
        AssertSame(first, await engine.CompleteAsync(Request("base", Prompt(3, 6), 40, seed: 1)));
        Assert.NotEqual(first.Tokens, (await engine.CompleteAsync(Request("base", Prompt(3, 6), 40, seed: 2))).Tokens);
    }

    [Fact]
    public async Task AStream_GivesTheTokensOfTheWholeReply()
    {
        using DecodeEngine engine = Engine();
        GenerationRequest request = Request("v1", Prompt(4, 6), 25, seed: 9);
        Generation whole = await engine.CompleteAsync(request);
        List<DecodedToken> streamed = await Collect(engine.GenerateAsync(request));
        Assert.Equal(whole.Tokens, streamed.Select(token => token.Id));
        Assert.Equal(whole.LogProbs, streamed.Select(token => token.LogProb));
        Assert.All(streamed.SkipLast(1), token => Assert.Null(token.Finish));
        Assert.Equal(whole.Finish, streamed[^1].Finish);
    }

    [Fact]
    public async Task TheEndToken_EndsAReply()
    {
        // A trunk whose head likes nothing but the end.
        BaseModel model = TestModels.Random(5, TestModels.Config with { TiedEmbeddings = false });
        Array.Clear(model.Weights[ModelWeights.Head].Values);
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = 1 });
        engine.Load("base", null);
        // All logits are zero now, so the lowest id, which is the end token, is the likeliest.
        Generation reply = await engine.CompleteAsync(Request("base", [7], 10, temperature: 0));
        Assert.Equal([0], reply.Tokens);
        Assert.Equal(FinishReason.Stop, reply.Finish);
        Assert.Equal(-Math.Log(400), reply.LogProbs[0], 1e-5);
    }

    [Fact]
    public async Task TheContextsEnd_EndsAReply()
    {
        using DecodeEngine engine = Engine(model: WithoutEnd());
        Generation reply = await engine.CompleteAsync(Request("base", Prompt(1, 90), 1000, seed: 1));
        Assert.Equal(6, reply.Tokens.Length);
        Assert.Equal(FinishReason.Length, reply.Finish);
    }

    [Fact]
    public async Task AStopString_EndsAReply_WithTheTokenThatCompletesIt()
    {
        using DecodeEngine engine = Engine(model: WithoutEnd());
        GenerationRequest request = Request("base", Prompt(6, 4), 60, seed: 4);
        Generation free = await engine.CompleteAsync(request);
        string text = Model.Tokenizer.Decode(free.Tokens);
        string stop = text.Substring(text.Length / 2, 4);
        Generation stopped = await engine.CompleteAsync(request with { Stop = ["never said", stop] });
        Assert.Equal(FinishReason.Stop, stopped.Finish);
        Assert.Equal(free.Tokens.Take(stopped.Tokens.Length), stopped.Tokens);
        Assert.Contains(stop, Model.Tokenizer.Decode(stopped.Tokens));
        Assert.DoesNotContain(stop, Model.Tokenizer.Decode(stopped.Tokens.AsSpan(..^1)));
    }

    [Fact]
    public async Task IdsThatNoTokenUses_AreNeverDrawn()
    {
        // The embedding has 400 rows, the tokenizer fewer ids.
        Assert.True(Model.Tokenizer.VocabularySize < Model.Config.VocabularySize);
        using DecodeEngine engine = Engine();
        Generation[] replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            engine.CompleteAsync(Request("base", Prompt(i, 3), 50, temperature: i % 5, seed: (ulong)i))));
        Assert.All(replies.SelectMany(reply => reply.Tokens), id => Assert.True(Model.Tokenizer.Knows(id)));
    }

    [Fact]
    public async Task BadRequests_AreRefusedWithTheReason()
    {
        using DecodeEngine engine = Engine();
        var unknown = await Assert.ThrowsAsync<UnknownVersionException>(() => engine.CompleteAsync(Request("v9", [1], 5)));
        Assert.Contains("'v9'", unknown.Message);
        Assert.Contains("base, v1, v2", unknown.Message);
        var tooLong = await Assert.ThrowsAsync<PromptTooLongException>(() => engine.CompleteAsync(Request("base", Prompt(1, 96), 5)));
        Assert.Contains("96 tokens", tooLong.Message);
        await Assert.ThrowsAsync<PromptTooLongException>(() => Collect(engine.GenerateAsync(Request("base", Prompt(1, 96), 5))));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request("base", [], 5)));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request("base", [400], 5)));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request("base", [1], 0)));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.CompleteAsync(Request("base", [1], 5) with { Stop = [""] }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.CompleteAsync(Request("base", [1], 5, temperature: -1)));
        Assert.Equal(0, engine.Running + engine.Waiting);
    }

    [Fact]
    public void BadOptions_AreRefused() =>
        Assert.Throws<System.ComponentModel.DataAnnotations.ValidationException>(() => new DecodeEngine(Model, new DecodeOptions { Threads = 0 }));

    [Fact]
    public async Task Dispose_FailsWhatIsNotDone()
    {
        DecodeEngine engine = Engine(maxBatch: 1, model: WithoutEnd());
        await using IAsyncEnumerator<DecodedToken> running = engine.GenerateAsync(Request("base", [1], 90)).OneByOne().GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        Task<Generation> waiting = engine.CompleteAsync(Request("base", [1], 90));
        engine.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.CompleteAsync(Request("base", [1], 1)));
    }

    private static DecodeEngine Engine(int threads = 2, int maxBatch = 32, int chunk = 64, BaseModel? model = null)
    {
        var engine = new DecodeEngine(model ?? Model, new DecodeOptions { Threads = threads, MaxBatch = maxBatch, PromptTokensPerStep = chunk });
        engine.Load("base", null);
        engine.Load("v1", First);
        engine.Load("v2", Second);
        return engine;
    }

    private static BaseModel WithoutEnd() => new(Model.Config with { EosTokenIds = [] }, Model.Tokenizer, Model.Weights);

    private static GenerationRequest Request(string version, int[] prompt, int maxTokens, double temperature = 1, ulong? seed = null) => new()
    {
        Version = version,
        Prompt = prompt,
        MaxTokens = maxTokens,
        Sampling = new SamplingOptions { Temperature = temperature, Seed = seed },
    };

    private static int[] Prompt(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(1, 330))];
    }

    private static async Task<List<DecodedToken>> Collect(IAsyncEnumerable<DecodedTokens> tokens)
    {
        var list = new List<DecodedToken>();
        await foreach (DecodedToken token in tokens.OneByOne())
            list.Add(token);
        return list;
    }

    private static double LogSum(double[] logits) => logits.Max() + Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max())));

    private static void AssertSame(Generation expected, Generation actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.LogProbs, actual.LogProbs);
        Assert.Equal(expected.Finish, actual.Finish);
    }
}
