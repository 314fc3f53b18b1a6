using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rlhf.Server.Tests.Telemetry;

/// <summary>A collector of telemetry, as an operator would run one: OTLP over HTTP, real bytes.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _posts = new();

    private Collector(WebApplication app) => _app = app;

    /// <summary>What a server must be told to send everything here.</summary>
    public string[] Settings => [$"--OTEL_EXPORTER_OTLP_ENDPOINT={_app.Urls.Single()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"];

    /// <summary>The spans that came; all of them once the server has stopped.</summary>
    public IReadOnlyList<Span> Spans => [.. Posts("traces").SelectMany(Span.ReadAll)];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            collector._posts.Enqueue((signal, body.ToArray()));
        });
        await app.StartAsync();
        return collector;
    }

    /// <summary>Whether a text came anywhere in what was sent of a signal: <c>traces</c>, <c>metrics</c> or <c>logs</c>.</summary>
    public bool Received(string signal, string text) => Posts(signal).Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IEnumerable<byte[]> Posts(string signal) => _posts.Where(post => post.Signal == signal).Select(post => post.Body);
}
