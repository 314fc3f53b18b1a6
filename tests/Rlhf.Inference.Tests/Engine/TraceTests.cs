using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rlhf.Inference.Tests;

public sealed class TraceTests
{
    private static readonly ActivitySource Source = new("Rlhf.Inference.Tests");
    private static readonly BaseModel Model = TestModels.Random(config: TestModels.Config with { EosTokenIds = [], ContextLength = 100_000 });

    [Fact]
    public async Task ARequest_HasASpanBelowItsCallers_AndInItTheQueueThePromptAndEachStep()
    {
        using var spans = new Spans();
        using DecodeEngine engine = Engine();
        using Activity caller = Source.StartActivity("caller")!;
        Generation reply = await engine.CompleteAsync(Request(tokens: 7));
        Assert.Same(caller, Activity.Current);

        Activity whole = spans.Of(caller).Single(span => span.ParentSpanId == caller.SpanId);
        Assert.Equal("generate", whole.DisplayName);
        Assert.Equal(("base", 3, 7), (whole.GetTagItem("rlhf.version"), whole.GetTagItem("gen_ai.usage.input_tokens"), whole.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(["length"], (string[])whole.GetTagItem("gen_ai.response.finish_reasons")!);
        Activity[] phases = [.. spans.Of(caller).Where(span => span.ParentSpanId == whole.SpanId).OrderBy(span => span.StartTimeUtc)];
        Assert.Equal(["queue", "prefill", "decode"], phases.Select(phase => phase.DisplayName));
        Assert.All(phases.Zip(phases.Skip(1)), pair => Assert.InRange((pair.Second.StartTimeUtc - pair.First.StartTimeUtc - pair.First.Duration).Ticks, -1, 1));
        ActivityEvent[] steps = [.. phases[^1].Events];
        Assert.Equal(reply.Tokens.Length, steps.Length);
        Assert.All(steps, step => Assert.Contains(new("rlhf.step.sequences", 1), step.Tags));
    }

    [Fact]
    public async Task AStream_IsTracedToItsEnd_AndAnAbandonedOneSaysSo()
    {
        using var spans = new Spans();
        using DecodeEngine engine = Engine();
        using Activity caller = Source.StartActivity("caller")!;
        await foreach (DecodedToken _ in engine.GenerateAsync(Request(tokens: 90_000)).OneByOne())
            break;
        Activity whole = spans.Of(caller).Single(span => span.DisplayName == "generate");
        Assert.Equal(true, whole.GetTagItem("rlhf.abandoned"));
        Assert.Equal(ActivityStatusCode.Unset, whole.Status);
    }

    [Fact]
    public async Task ARefusedRequest_LeavesAFailedSpan()
    {
        using var spans = new Spans();
        using DecodeEngine engine = Engine();
        using Activity caller = Source.StartActivity("caller")!;
        await Assert.ThrowsAsync<UnknownVersionException>(() => engine.CompleteAsync(Request(tokens: 1) with { Version = "v9" }));
        Activity whole = spans.Of(caller).Single(span => span.DisplayName == "generate");
        Assert.Equal((ActivityStatusCode.Error, (object)typeof(UnknownVersionException).FullName!), (whole.Status, whole.GetTagItem("error.type")));
    }

    [Fact]
    public async Task AnEngineThatIsNotTraced_HasNoSpans()
    {
        using var spans = new Spans();
        using DecodeEngine engine = Engine(traced: false);
        using Activity caller = Source.StartActivity("caller")!;
        await engine.CompleteAsync(Request(tokens: 3));
        Assert.Empty(spans.Of(caller));
    }

    [Fact]
    public void WhileNobodyListens_AStepAllocatesNothing()
    {
        var first = new AllocationSink(80);
        var second = new AllocationSink(80);
        var waiting = new Queue<Sequence>([Sequence(first, seed: 1), Sequence(second, seed: 2)]);
        Assert.All(waiting, sequence => Assert.Null(sequence.Trace));
        var options = new DecodeOptions { Threads = 1, MaxBatch = 2, CacheBytes = 1 << 22 };
        var loop = new StepLoop(Model, new Trunk(Model, Kernels.Best, options.Weights), options, () => waiting.TryDequeue(out Sequence? next) ? next : null, _ => { });
        try
        {
            Assert.True(first.Done.Wait(TimeSpan.FromMinutes(1)) && second.Done.Wait(TimeSpan.FromMinutes(1)));
            Assert.Null(first.Failure ?? second.Failure);
        }
        finally
        {
            loop.Stop();
        }

        // The first steps warm up: tables grow to the batch's size once.
        Assert.Equal(first.Allocated[8], first.Allocated[^2]);
        Assert.Equal(second.Allocated[8], second.Allocated[^2]);
        Assert.InRange(loop.Steps, 80, 82);
        Assert.Equal(160, loop.Tokens);
    }

    private static DecodeEngine Engine(bool traced = true)
    {
        var engine = new DecodeEngine(Model, new DecodeOptions { Threads = 1, Traced = traced });
        engine.Load("base", null);
        return engine;
    }

    private static GenerationRequest Request(int tokens, ulong seed = 1) =>
        new() { Version = "base", Prompt = [1, 2, 3], MaxTokens = tokens, Sampling = new SamplingOptions { Seed = seed } };

    private static Sequence Sequence(AllocationSink sink, ulong seed) =>
        new(Request(tokens: sink.Allocated.Length, seed), new LoadedVersion("base", adapter: null), Model, seed, sink, RequestTrace.Begin(Request(tokens: 1)));

    /// <summary>Notes what the engine's thread has allocated whenever it hands a token out.</summary>
    private sealed class AllocationSink(int tokens) : IReplySink
    {
        private int _taken;

        public long[] Allocated { get; } = new long[tokens];

        public ManualResetEventSlim Done { get; } = new();

        public void Take(DecodedToken token)
        {
            Allocated[_taken++] = GC.GetAllocatedBytesForCurrentThread();
            if (token.Finish is not null)
                Done.Set();
        }

        public Exception? Failure { get; private set; }

        public void Fail(Exception error)
        {
            Failure = error;
            Done.Set();
        }
    }

    /// <summary>The spans that ended while this listened.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Rlhf.Inference" or "Rlhf.Inference.Tests",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IEnumerable<Activity> Of(Activity root) => _ended.Where(span => span.TraceId == root.TraceId);

        public void Dispose() => _listener.Dispose();
    }
}
