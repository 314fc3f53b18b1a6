namespace Rlhf.Inference.Tests;

/// <summary>Places, queues and versions while sequences run. A reply here is so long that it never ends by itself.</summary>
public sealed class EngineLoadTests
{
    private const int Endless = 50_000;

    private static readonly BaseModel Model = TestModels.Random(1, TestModels.Config with { ContextLength = Endless + 1000, EosTokenIds = [] });
    private static readonly LoraAdapter First = TestModels.Adapter(Model.Config, rank: 4, seed: 1);
    private static readonly LoraAdapter Second = TestModels.Adapter(Model.Config, rank: 3, seed: 2);

    [Fact]
    public async Task AFullQueue_RefusesTheNext_AndServesTheRest()
    {
        using DecodeEngine engine = Engine(maxBatch: 1, maxQueue: 2);
        IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
        Task<Generation>[] waiting = [engine.CompleteAsync(Request("base", 3)), engine.CompleteAsync(Request("base", 4))];
        Assert.Equal(2, engine.Waiting);
        var full = await Assert.ThrowsAsync<QueueFullException>(() => engine.CompleteAsync(Request("base", 5)));
        Assert.Equal(2, full.Limit);
        await running.DisposeAsync();
        Generation[] served = await Task.WhenAll(waiting);
        Assert.Equal([3, 4], served.Select(reply => reply.Tokens.Length));
    }

    [Fact]
    public async Task AFlood_DoesNotFillTheQueueForOthers()
    {
        using DecodeEngine engine = Engine(maxBatch: 1, maxQueue: 3);
        IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
        Task<Generation>[] flood = [.. Enumerable.Range(3, 3).Select(tokens => engine.CompleteAsync(Request("base", tokens) with { Client = "flood" }))];
        Task<Generation> other = engine.CompleteAsync(Request("base", 6) with { Client = "other" });
        await Assert.ThrowsAsync<QueueFullException>(() => flood[2]);
        await Assert.ThrowsAsync<QueueFullException>(() => engine.CompleteAsync(Request("base", 7) with { Client = "flood" }));
        Assert.Equal(3, engine.Waiting);
        await running.DisposeAsync();
        Generation[] served = await Task.WhenAll(flood[0], flood[1], other);
        Assert.Equal([3, 4, 6], served.Select(reply => reply.Tokens.Length));
    }

    [Fact]
    public async Task AReaderWhoIsSlow_GetsSeveralTokensAtOnce_AndAllOfThem()
    {
        using DecodeEngine engine = Engine();
        Generation whole = await engine.CompleteAsync(Request("base", 40));
        var streamed = new List<DecodedTokens>();
        await foreach (DecodedTokens burst in engine.GenerateAsync(Request("base", 40)))
        {
            if (streamed.Count == 0)
                await engine.CompleteAsync(Request("base", 60)); // longer than the rest of this one takes
            streamed.Add(burst);
        }

        Assert.InRange(streamed.Count, 1, 2);
        Assert.Equal(whole.Tokens, streamed.SelectMany(burst => burst.Tokens).Select(token => token.Id));
    }

    [Fact]
    public async Task AnAbandonedStream_GivesItsPlaceFree()
    {
        using DecodeEngine engine = Engine(maxBatch: 1);
        IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
        Task<Generation> next = engine.CompleteAsync(Request("base", 3));
        await running.DisposeAsync();
        Assert.Equal(3, (await next).Tokens.Length);
        Assert.Equal(0, engine.Running);
    }

    [Fact]
    public async Task AnAbandonedPlace_IsFreeForTheNext_BeforeItsLastStepIsOver()
    {
        using DecodeEngine engine = Engine(maxBatch: 1, maxQueue: 0);
        for (int round = 0; round < 100; round++)
        {
            IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
            await Assert.ThrowsAsync<QueueFullException>(() => engine.CompleteAsync(Request("base", 1)));
            await running.DisposeAsync();
            Assert.Single((await engine.CompleteAsync(Request("base", 1))).Tokens);
        }
    }

    [Fact]
    public async Task ACancelledReply_GivesItsPlaceFree()
    {
        using DecodeEngine engine = Engine(maxBatch: 1);
        using var cancellation = new CancellationTokenSource();
        Task<Generation> running = engine.CompleteAsync(Request("base", Endless), cancellation.Token);
        Task<Generation> next = engine.CompleteAsync(Request("base", 3));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(3, (await next).Tokens.Length);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.CompleteAsync(Request("base", 3), cancellation.Token));
    }

    [Fact]
    public async Task ACancelledWait_LeavesTheQueueAtOnce()
    {
        using DecodeEngine engine = Engine(maxBatch: 1, maxQueue: 1);
        await using IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
        using var cancellation = new CancellationTokenSource();
        Task<Generation> waiting = engine.CompleteAsync(Request("base", 3), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, engine.Waiting);
        Assert.Equal(1, engine.Running);
    }

    [Fact]
    public async Task ACancelledStream_Throws()
    {
        using DecodeEngine engine = Engine();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (DecodedToken token in engine.GenerateAsync(Request("base", Endless), cancellation.Token).OneByOne())
                await cancellation.CancelAsync();
        });
    }

    [Fact]
    public async Task Unloading_WaitsForRunningSequences_AndRefusesNewOnes()
    {
        using DecodeEngine engine = Engine();
        engine.Load("v1", First);
        IAsyncEnumerator<DecodedToken> running = await Start(engine, "v1");
        Task unloaded = engine.UnloadAsync("v1");
        await Assert.ThrowsAsync<UnknownVersionException>(() => engine.CompleteAsync(Request("v1", 3)));
        Assert.DoesNotContain("v1", engine.Versions);
        Assert.True(await running.MoveNextAsync());
        Assert.False(unloaded.IsCompleted);
        await running.DisposeAsync();
        await unloaded;
        await engine.UnloadAsync("v1");
    }

    [Fact]
    public async Task ASwapUnderLoad_DropsAndMixesNoToken()
    {
        const int streams = 6;
        const int tokens = 120;
        using DecodeEngine engine = Engine();
        engine.Load("live", First);
        engine.Load("first", First);
        engine.Load("second", Second);
        var before = new List<IAsyncEnumerator<DecodedToken>>();
        for (int i = 0; i < streams; i++)
            before.Add(await Start(engine, "live", tokens, seed: (ulong)i));
        engine.Load("live", Second);
        Task<Generation>[] after = [.. Enumerable.Range(0, streams).Select(i => engine.CompleteAsync(Request("live", tokens, seed: (ulong)i)))];

        for (int i = 0; i < streams; i++)
        {
            Generation first = await engine.CompleteAsync(Request("first", tokens, seed: (ulong)i));
            Generation second = await engine.CompleteAsync(Request("second", tokens, seed: (ulong)i));
            Assert.NotEqual(first.Tokens, second.Tokens);
            var streamed = new List<DecodedToken> { before[i].Current };
            while (await before[i].MoveNextAsync())
                streamed.Add(before[i].Current);
            Assert.Equal(first.Tokens, streamed.Select(token => token.Id));
            Assert.Equal(first.LogProbs, streamed.Select(token => token.LogProb));
            Generation swapped = await after[i];
            Assert.Equal(second.Tokens, swapped.Tokens);
            Assert.Equal(second.LogProbs, swapped.LogProbs);
        }
    }

    [Fact]
    public async Task ALongPrompt_DoesNotStallTheOthers()
    {
        // 200 tokens in steps of 4 take 50 steps, and a running sequence gets a token from each.
        using DecodeEngine engine = Engine(promptTokensPerStep: 4);
        await using IAsyncEnumerator<DecodedToken> running = await Start(engine, "base");
        await engine.CompleteAsync(Request("base", 1) with { Prompt = new int[200] });
        int tokens = 0;
        while (tokens < 49 && running.MoveNextAsync() is { IsCompleted: true })
            tokens++;
        Assert.Equal(49, tokens);
    }

    [Fact]
    public void ABrokenAdapter_IsRefused_AndTheOldVersionStays()
    {
        using DecodeEngine engine = Engine();
        engine.Load("v1", First);
        LoraAdapter broken = TestModels.Adapter(Model.Config, rank: 2, seed: 5);
        broken.Modules["model.layers.1.mlp.down_proj"].B.Values[0] = float.NaN;
        Assert.Contains("model.layers.1.mlp.down_proj", Assert.Throws<InvalidDataException>(() => engine.Load("v1", broken)).Message);
        LoraAdapter foreign = TestModels.Adapter(Model.Config with { HiddenSize = 40 }, rank: 2, seed: 5);
        Assert.Contains("[2, 40]", Assert.Throws<InvalidDataException>(() => engine.Load("v2", foreign)).Message);
        Assert.Equal(["base", "v1"], engine.Versions);
    }

    [Fact]
    public async Task AnAdapterThatOverflows_FailsItsRequestsOnly()
    {
        using DecodeEngine engine = Engine();
        engine.Load("wild", TestModels.Adapter(Model.Config, rank: 2, seed: 5, deviation: 1e25f));
        Task<Generation> sound = engine.CompleteAsync(Request("base", 20));
        Assert.Contains("not finite", (await Assert.ThrowsAsync<InvalidOperationException>(() => engine.CompleteAsync(Request("wild", 20)))).Message);
        Assert.Equal(20, (await sound).Tokens.Length);
    }

    private static DecodeEngine Engine(int maxBatch = 8, int maxQueue = 64, int promptTokensPerStep = 64)
    {
        var engine = new DecodeEngine(Model, new DecodeOptions { Threads = 2, MaxBatch = maxBatch, MaxQueue = maxQueue, PromptTokensPerStep = promptTokensPerStep });
        engine.Load("base", null);
        return engine;
    }

    private static async Task<IAsyncEnumerator<DecodedToken>> Start(DecodeEngine engine, string version, int maxTokens = Endless, ulong seed = 1)
    {
        IAsyncEnumerator<DecodedToken> tokens = engine.GenerateAsync(Request(version, maxTokens, seed)).OneByOne().GetAsyncEnumerator();
        Assert.True(await tokens.MoveNextAsync());
        return tokens;
    }

    private static GenerationRequest Request(string version, int maxTokens, ulong seed = 1) => new()
    {
        Version = version,
        Prompt = [1, 2, 3],
        MaxTokens = maxTokens,
        Sampling = new SamplingOptions { Seed = seed },
    };
}
