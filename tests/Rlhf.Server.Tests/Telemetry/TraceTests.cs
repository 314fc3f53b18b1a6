using System.Diagnostics;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Telemetry;

/// <summary>Activity sources are the process's: while others' servers run beside, a collector gets their spans, too.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(AloneInTheProcess))]
public sealed class TraceTests : IDisposable
{
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";
    private const string Stream = "IAsyncEnumerableGrainExtension/StartEnumeration<T>";
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callers_trace_goes_on_over_the_grains_to_each_decode_step(bool streamed)
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, collector.Settings))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(RunningServer.Ask("A latte, please.", ("stream", streamed))) };
            request.Headers.Add("traceparent", $"00-{CallersTrace}-{CallersSpan}-01");
            using var response = await server.Client.SendAsync(request);
            Assert.Contains("chatcmpl-", await response.Content.ReadAsStringAsync());
        }

        var spans = collector.Spans.Where(span => span.TraceId == CallersTrace).ToList();
        string[] path =
        [
            "POST /v1/chat/completions", "chat demo",
            "IConversationGrain/ChatAsync", Stream, Stream, // the caller's end of the stream, the call that opens it, and its arrival at the grain
            "generate", "decode",
        ];
        var parent = CallersSpan;
        foreach (var name in path)
        {
            parent = Assert.Single(spans, span => span.Name == name && span.ParentId == parent).Id;
        }

        var steps = spans.Single(span => span.Name == "decode").Events;
        Assert.All(steps, step => Assert.Equal("step", step));
        Assert.InRange(steps.Count, 1, 8);
        Assert.All(spans, span => Assert.False(span.Failed, span.Name));
        Assert.Contains("gen_ai.usage.output_tokens", spans.Single(span => span.Name == "chat demo").Attributes);
    }

    [Fact]
    public async Task What_was_said_by_whom_and_where_never_leaves_the_house()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, collector.Settings))
        {
            (string, object)[] secrets = [("user", "secret-user"), ("metadata", new { conversation_id = "secret-conversation" })];
            var reply = await server.ChatAsync("A secret latte.", secrets);
            await server.ThumbAsync((string)reply["id"]!, up: true, "secret-user");
            Assert.Equal(403, (await server.PostAsync("v1/feedback", new { completion_id = (string)reply["id"]!, thumbs = "up", rater = "secret-stranger" })).Status);
            Assert.Equal(404, (await server.PostAsync("v1/feedback", new { completion_id = "chatcmpl-secret-9", thumbs = "up", rater = "secret-user" })).Status);
            server.Client.DefaultRequestHeaders.UserAgent.ParseAdd("secret-agent/1.0");
            Assert.Equal(200, (await server.GetAsync("v1/conversations/secret-conversation")).Status);
            Assert.Equal(400, (await server.GetAsync("v1/conversations/secret-conversation?with=secret")).Status);
            Assert.Equal(404, (await server.GetAsync("v1/secret")).Status);
            server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Rlhf.Tests").LogWarning("The {What} was logged", "espresso machine");
        }

        Assert.True(collector.Received("logs", "espresso machine"));
        Assert.True(collector.Received("metrics", "gen_ai.server.request.duration"));
        Assert.Contains(collector.Spans, span => span.Name == "GET /v1/conversations/{id}");
        Assert.Contains(collector.Spans, span => span is { Name: "IConversationGrain/GiveAsync", Failed: true });
        Assert.All((string[])["traces", "metrics", "logs"], signal => Assert.False(collector.Received(signal, "secret"), signal));
    }

    [Fact]
    public async Task A_request_that_its_caller_does_not_sample_leaves_no_trace()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, collector.Settings))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(RunningServer.Ask("A latte, please.")) };
            request.Headers.Add("traceparent", $"00-{CallersTrace}-{CallersSpan}-00");
            using var response = await server.Client.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.Empty(collector.Spans);
    }

    [Fact]
    public async Task Which_requests_are_traced_is_OpenTelemetrys_variables_to_say()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, [.. collector.Settings, "--OTEL_TRACES_SAMPLER=always_off"]))
        {
            await server.ChatAsync("A latte, please.");
        }

        Assert.Empty(collector.Spans);
        Assert.True(collector.Received("metrics", "gen_ai.server.request.duration"));
    }

    [Fact]
    public async Task What_the_real_Orleans_writes_on_its_spans_is_cleaned()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, collector.Settings))
        {
            using var orleans = new ActivitySource("Microsoft.Orleans.Application");
            var caller = new ActivityContext(ActivityTraceId.CreateFromString(CallersTrace), ActivitySpanId.CreateFromString(CallersSpan), ActivityTraceFlags.Recorded, isRemote: true);
            foreach (var name in (string[])["IRaterGrain/AdmitAsync", Stream, "IAsyncEnumerableGrainExtension/MoveNext<T>"])
            {
                using var call = orleans.StartActivity(name, ActivityKind.Server, caller)!;
                call.SetTag("rpc.method", name).SetTag("orleans.rpc.target_id", "rater/secret").SetTag("exception.type", "Refused").SetTag("exception.message", "secret").SetTag("orleans.new", "secret");
            }
        }

        Assert.Equal([Stream, "IRaterGrain/AdmitAsync"], collector.Spans.Select(span => span.Name).Order());
        Assert.All(collector.Spans, span => Assert.Equal(["exception.type", "rpc.method"], span.Attributes.Order()));
        Assert.False(collector.Received("traces", "secret"));
    }

    [Fact]
    public async Task What_is_asked_every_few_seconds_leaves_no_trace()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await RunningServer.StartAsync(_folder.Path, [.. collector.Settings, "--Versions:RefreshEvery=00:00:00.100"]))
        {
            await server.GetAsync("health/ready");
            await Scrape.OfAsync(server.Client);
            await server.GetAsync("v1/models");
        }

        var spans = collector.Spans;
        Assert.Contains(spans, span => span.Name == "GET /v1/models");
        Assert.DoesNotContain(spans, span => span.Name.Contains("health") || span.Name.Contains("metrics"));
        Assert.All(spans, span => Assert.True(span.ParentId != "" || span.Name == "GET /v1/models", span.Name));
    }

    public void Dispose() => _folder.Dispose();
}
