namespace Rlhf.Inference.Tests;

/// <summary>Keys and values that are used again: the replies are the same bits as without, and the memory stays within its budget.</summary>
public sealed class ReuseTests
{
    private static readonly BaseModel Model = TestModels.Random(1, TestModels.Config with { ContextLength = 512, EosTokenIds = [] });
    private static readonly LoraAdapter First = TestModels.Adapter(Model.Config, rank: 4, seed: 1);
    private static readonly LoraAdapter Second = TestModels.Adapter(Model.Config, rank: 3, seed: 2);

    public static TheoryData<string> Widths => AllKernels.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public async Task AConversation_GoesOnFromItsLastTurn_BitForBit(string width)
    {
        using DecodeEngine engine = Engine(kernels: AllKernels.Of(width));
        int[] prompt = Tokens(1, 37);
        for (int turn = 0; turn < 5; turn++)
        {
            long reused = engine.Cache.ReusedTokens;
            Generation reply = await engine.CompleteAsync(Request("v1", prompt));
            AssertSame(await AloneAsync(Request("v1", prompt), First, AllKernels.Of(width)), reply);
            // All but the token drawn last, which nothing was computed from.
            Assert.Equal(turn == 0 ? 0 : prompt.Length - 1 - 9, engine.Cache.ReusedTokens - reused);
            prompt = [.. prompt, .. reply.Tokens, .. Tokens(turn, 9)];
        }

        Assert.Equal((5, 4, 0), (engine.Cache.Prompts, engine.Cache.Hits, engine.Cache.Evictions));
    }

    [Fact]
    public async Task ABeginningInCommon_IsComputedOnce_ThoughAllComeAtOnce()
    {
        using DecodeEngine engine = Engine(promptTokensPerStep: 8);
        int[] system = Tokens(1, 50);
        int[][] prompts = [.. Enumerable.Range(0, 8).Select(i => (int[])[.. system, 300 + i, .. Tokens(i, 7 + (3 * i))])];
        Generation[] replies = await Task.WhenAll(prompts.Select(prompt => engine.CompleteAsync(Request("v1", prompt))));
        for (int i = 0; i < prompts.Length; i++)
            AssertSame(await AloneAsync(Request("v1", prompts[i]), First), replies[i]);
        Assert.Equal((7, 7 * system.Length), (engine.Cache.Hits, engine.Cache.ReusedTokens));
    }

    [Fact]
    public async Task AStream_SaysHowMuchOfItsPromptWasKnown()
    {
        using DecodeEngine engine = Engine();
        await engine.CompleteAsync(Request("base", Tokens(1, 40)));
        await foreach (DecodedTokens drawn in engine.GenerateAsync(Request("base", [.. Tokens(1, 40), 300])))
            Assert.Equal(40, drawn.CachedTokens);
        await foreach (DecodedTokens drawn in engine.GenerateAsync(Request("v1", Tokens(1, 40))))
            Assert.Equal(0, drawn.CachedTokens);
    }

    [Fact]
    public async Task TheSamePromptDrawnTwice_IsKeptOnce()
    {
        using DecodeEngine engine = Engine();
        await engine.CompleteAsync(Request("base", Tokens(1, 40)));
        long kept = engine.Cache.KeptBytes;
        await engine.CompleteAsync(Request("base", Tokens(1, 40)));
        Assert.Equal(39, engine.Cache.ReusedTokens);
        await engine.CompleteAsync(Request("base", Tokens(2, 40)));
        Assert.Equal(2 * kept, engine.Cache.KeptBytes);
    }

    [Fact]
    public async Task WhatOneVersionComputed_ServesNoOther()
    {
        using DecodeEngine engine = Engine();
        GenerationRequest request = Request("base", Tokens(1, 60));
        AssertSame(await AloneAsync(request, null), await engine.CompleteAsync(request));
        AssertSame(await AloneAsync(request, First), await engine.CompleteAsync(request with { Version = "v1" }));
        engine.Load("v1", Second);
        AssertSame(await AloneAsync(request, Second), await engine.CompleteAsync(request with { Version = "v1" }));
        Assert.Equal(0, engine.Cache.ReusedTokens);
    }

    [Fact]
    public async Task ADroppedVersion_LeavesNothingBehind()
    {
        using DecodeEngine engine = Engine();
        await engine.CompleteAsync(Request("base", Tokens(1, 40)));
        long kept = engine.Cache.KeptBytes;
        await engine.CompleteAsync(Request("v1", Tokens(1, 40)));
        Assert.Equal(2 * kept, engine.Cache.KeptBytes);
        await engine.UnloadAsync("v1");
        await engine.CompleteAsync(Request("base", Tokens(1, 40)));
        Assert.Equal(kept, engine.Cache.KeptBytes);
    }

    [Fact]
    public async Task ALeaderThatLeaves_HoldsNobodyUp()
    {
        using DecodeEngine engine = Engine(promptTokensPerStep: 4);
        int[] shared = Tokens(1, 400);
        using var cancellation = new CancellationTokenSource();
        Task<Generation> leader = engine.CompleteAsync(Request("base", [.. shared, 301]), cancellation.Token);
        Task<Generation> follower = engine.CompleteAsync(Request("base", [.. shared, 302]));
        Task<Generation> last = engine.CompleteAsync(Request("base", [.. shared, 303]));
        await engine.CompleteAsync(Request("base", Tokens(2, 20))); // some steps
        await cancellation.CancelAsync();
        AssertSame(await AloneAsync(Request("base", [.. shared, 302]), null), await follower);
        AssertSame(await AloneAsync(Request("base", [.. shared, 303]), null), await last);
        await Task.WhenAny(leader);
    }

    [Fact]
    public async Task TheBudget_Holds_AndWhatWasNotUsedForLongestGoesFirst()
    {
        // Room for three.
        using DecodeEngine engine = Engine(cacheBytes: 3 * Bytes(64));
        for (int i = 0; i < 3; i++)
            await engine.CompleteAsync(Request("base", Tokens(i, 40)));
        Assert.Equal(0, engine.Cache.Evictions);
        await engine.CompleteAsync(Request("base", [.. Tokens(0, 40), 300])); // has to push one out for itself, not what it reads
        Assert.Equal((1, 40), (engine.Cache.Evictions, engine.Cache.ReusedTokens));
        await engine.CompleteAsync(Request("base", [.. Tokens(2, 40), 300]));
        Assert.Equal(80, engine.Cache.ReusedTokens);
        await engine.CompleteAsync(Request("base", [.. Tokens(1, 40), 300]));
        Assert.Equal(80, engine.Cache.ReusedTokens);
        Assert.True(engine.Cache.Bytes <= 3 * Bytes(64));
    }

    [Fact]
    public async Task UnderAnyBudget_RepliesAreTheSameBits()
    {
        foreach (long sequences in (long[])[1, 2, 5])
        {
            using DecodeEngine engine = Engine(promptTokensPerStep: 16, cacheBytes: sequences * Bytes(128));
            GenerationRequest[] requests = [.. Enumerable.Range(0, 30).Select(i =>
                Request(i % 2 == 0 ? "base" : "v1", [.. Tokens(i % 5, 20 + (i % 5)), .. Tokens(i, i)]))];
            Generation[] replies = await Task.WhenAll(requests.Select(request => engine.CompleteAsync(request)));
            for (int i = 0; i < requests.Length; i++)
                AssertSame(await AloneAsync(requests[i], i % 2 == 0 ? null : First), replies[i]);
            Assert.InRange(engine.Cache.Bytes, 1, sequences * Bytes(128));
        }
    }

    [Fact]
    public async Task RunningSequences_KeepTheirMemory_AndTheNextWaitsForIt()
    {
        using DecodeEngine engine = Engine(cacheBytes: 2 * Bytes(512));
        IAsyncEnumerator<DecodedToken>[] running = [await Start(1), await Start(2)];
        Task<Generation> waiting = engine.CompleteAsync(Request("base", Tokens(3, 20)));
        for (int i = 0; i < 50; i++)
            Assert.True(await running[0].MoveNextAsync());
        Assert.False(waiting.IsCompleted);
        await running[1].DisposeAsync();
        AssertSame(await AloneAsync(Request("base", Tokens(3, 20)), null), await waiting);
        Assert.True(await running[0].MoveNextAsync());
        await running[0].DisposeAsync();

        async Task<IAsyncEnumerator<DecodedToken>> Start(int seed)
        {
            IAsyncEnumerator<DecodedToken> tokens = engine.GenerateAsync(Request("base", Tokens(seed, 20)) with { MaxTokens = 400 }).OneByOne().GetAsyncEnumerator();
            Assert.True(await tokens.MoveNextAsync());
            return tokens;
        }
    }

    [Fact]
    public async Task WhoeverWaitsForMemory_MayLeave()
    {
        using DecodeEngine engine = Engine(cacheBytes: Bytes(512));
        await using IAsyncEnumerator<DecodedToken> running = engine.GenerateAsync(Request("base", Tokens(1, 20)) with { MaxTokens = 400 }).OneByOne().GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        using var cancellation = new CancellationTokenSource();
        Task<Generation> waiting = engine.CompleteAsync(Request("base", Tokens(3, 20)), cancellation.Token);
        Assert.True(await running.MoveNextAsync());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await running.DisposeAsync();
        await engine.CompleteAsync(Request("base", Tokens(3, 20)));
        Assert.Equal(0, engine.Running + engine.Waiting);
    }

    [Fact]
    public async Task WhatNeverFits_IsRefused()
    {
        BaseModel large = TestModels.Random(1, TestModels.Config with { ContextLength = 10_000 });
        using var small = new DecodeEngine(large, new DecodeOptions { Threads = 1, CacheBytes = 1 << 20 });
        small.Load("base", null);
        var error = await Assert.ThrowsAsync<InsufficientMemoryException>(() => small.CompleteAsync(Request("base", [1]) with { MaxTokens = 9000 }));
        Assert.Contains("9001 tokens", error.Message);
        Assert.Contains("1,048,576", error.Message);
        Assert.NotEmpty((await small.CompleteAsync(Request("base", [1]))).Tokens);
    }

    private static long Bytes(int positions) => KeyValueCache.BytesFor(Model.Config, Kernels.Best, positions);

    private static DecodeEngine Engine(int promptTokensPerStep = 64, long cacheBytes = 1 << 30, Kernels? kernels = null)
    {
        var options = new DecodeOptions { Threads = 2, MaxBatch = 16, PromptTokensPerStep = promptTokensPerStep, CacheBytes = cacheBytes };
        var engine = new DecodeEngine(Model, options, kernels ?? Kernels.Best);
        engine.Load("base", null);
        engine.Load("v1", First);
        return engine;
    }

    /// <summary>The reply of an engine that knows nothing yet.</summary>
    private static async Task<Generation> AloneAsync(GenerationRequest request, LoraAdapter? adapter, Kernels? kernels = null)
    {
        using var engine = new DecodeEngine(Model, new DecodeOptions { Threads = 1 }, kernels ?? Kernels.Best);
        engine.Load(request.Version, adapter);
        return await engine.CompleteAsync(request);
    }

    private static GenerationRequest Request(string version, int[] prompt) => new()
    {
        Version = version,
        Prompt = prompt,
        MaxTokens = 15,
        Sampling = new SamplingOptions { Seed = 7 },
    };

    private static int[] Tokens(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(1, 330))];
    }

    private static void AssertSame(Generation expected, Generation actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.LogProbs, actual.LogProbs);
        Assert.Equal(expected.Finish, actual.Finish);
    }
}
