using System.Collections.Concurrent;
using System.Diagnostics;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public interface IRelayGrain : IGrainWithStringKey
{
    Task<string?> Pass(int hops);

    IAsyncEnumerable<string?> Trickle(int hops);

    Task Drop();
}

internal sealed class RelayGrain : Grain, IRelayGrain
{
    public Task<string?> Pass(int hops) => hops == 0
        ? Task.FromResult(Activity.Current?.Id)
        : GrainFactory.GetGrain<IRelayGrain>($"{hops - 1}").Pass(hops - 1);

    public async IAsyncEnumerable<string?> Trickle(int hops)
    {
        for (var i = 0; i < 3; i++)
        {
            await Task.Yield();
            yield return hops == 0 ? Activity.Current?.Id : await GrainFactory.GetGrain<IRelayGrain>("end").Pass(0);
        }
    }

    public Task Drop() => throw new InvalidOperationException("a secret");
}

public sealed class ActivityPropagationTests : IDisposable
{
    private static readonly ActivitySource s_tests = new("Orleans.Tests");
    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    public ActivityPropagationTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Orleans.Tests" || source.Name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task ACallHasASpanAtItsCallerAndOneAtItsTarget()
    {
        await using var silo = await TestSilo.StartAsync(s => s.AddActivityPropagation());
        using var root = s_tests.StartActivity("root")!;
        root.TraceStateString = "vendor=1";

        var inGrain = await silo.Grains.GetGrain<IRelayGrain>("2").Pass(2);

        var chain = ChainOf(inGrain!);
        Assert.Equal([.. Enumerable.Repeat((ActivityKind.Server, ActivityKind.Client), 3).SelectMany(pair => new[] { pair.Item1, pair.Item2 }), ActivityKind.Internal], chain.Select(a => a.Kind));
        Assert.All(chain.SkipLast(1), a => Assert.Equal(("IRelayGrain/Pass", "vendor=1"), (a.DisplayName, a.TraceStateString)));
        Assert.Same(root, chain[^1]);
        Assert.Same(root, Activity.Current);
        Assert.Null(RequestContext.Get("traceparent"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task AStreamHasOneSpanOnEachSideHoweverManyItemsItHas(int hops)
    {
        await using var silo = await TestSilo.StartAsync(s => s.AddActivityPropagation());
        using var root = s_tests.StartActivity("root")!;
        var ids = new List<string?>();

        await foreach (var id in silo.Grains.GetGrain<IRelayGrain>("one").Trickle(hops).WithBatchSize(1))
        {
            ids.Add(id);
            Assert.Same(root, Activity.Current);
        }

        Assert.Equal(3, ids.Count);
        var stream = ids.Select(id => ChainOf(id!).Skip(2 * hops).Select(a => a.Id).ToList()).ToList();
        Assert.All(stream, chain => Assert.Equal(stream[0], chain));
        Assert.Equal([ActivityKind.Server, ActivityKind.Client, ActivityKind.Internal], ChainOf(ids[0]!).Skip(2 * hops).Select(a => a.Kind));
        Assert.Equal(2, Ended(root).Count(a => a.DisplayName == "IRelayGrain/Trickle"));
    }

    [Fact]
    public async Task AnErrorMarksTheSpansAndItsTextIsInNone()
    {
        await using var silo = await TestSilo.StartAsync(s => s.AddActivityPropagation());
        using var root = s_tests.StartActivity("root")!;

        await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grains.GetGrain<IRelayGrain>("one").Drop());

        var spans = Ended(root).ToList();
        Assert.Equal(2, spans.Count);
        Assert.All(spans, a => Assert.Equal(ActivityStatusCode.Error, a.Status));
        Assert.DoesNotContain(spans.SelectMany(a => a.TagObjects), tag => $"{tag.Value}".Contains("secret"));
    }

    [Fact]
    public async Task WithoutPropagationAGrainHasNoTrace()
    {
        await using var silo = await TestSilo.StartAsync();
        using var root = s_tests.StartActivity("root")!;

        Assert.Null(await silo.Grains.GetGrain<IRelayGrain>("0").Pass(0));
        Assert.Empty(Ended(root));
    }

    public void Dispose() => _listener.Dispose();

    private IEnumerable<Activity> Ended(Activity root) => _stopped.Where(a => a.TraceId == root.TraceId);

    /// <summary>The spans from one up to its trace's root.</summary>
    private List<Activity> ChainOf(string id)
    {
        var known = _stopped.Append(Activity.Current!).ToDictionary(a => a.Id!);
        var chain = new List<Activity>();
        for (string? next = id; next is not null && known.TryGetValue(next, out var activity); next = activity.ParentId)
        {
            chain.Add(activity);
        }

        return chain;
    }
}
