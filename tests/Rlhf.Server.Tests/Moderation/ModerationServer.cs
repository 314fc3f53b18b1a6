using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rlhf.Server.Tests.Moderation;

/// <summary>A service of OpenAI's shape, over real HTTP, that flags texts which hold a word.</summary>
internal sealed class ModerationServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModerationServer(WebApplication app) => _app = app;

    /// <summary>What it flags.</summary>
    public string Flagged { get; set; } = "\0";

    /// <summary>What it answers in place of a judgement; null to judge.</summary>
    public Func<HttpContext, Task>? Fault { get; set; }

    /// <summary>What it was asked, and with which key.</summary>
    public ConcurrentQueue<(JsonNode Body, string? Key)> Asked { get; } = [];

    /// <summary>Where it is.</summary>
    public string Url => $"{_app.Urls.Single()}/v1/moderations";

    public static async Task<ModerationServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ModerationServer(app);
        app.MapPost("/v1/moderations", server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var body = (await JsonNode.ParseAsync(http.Request.Body))!;
        Asked.Enqueue((body, http.Request.Headers.Authorization));
        if (Fault is { } fault)
        {
            await fault(http);
            return;
        }

        var flagged = ((string)body["input"]!).Contains(Flagged, StringComparison.Ordinal);
        await http.Response.WriteAsJsonAsync(new
        {
            id = "modr-1",
            model = "omni-moderation-latest",
            results = new[]
            {
                new
                {
                    flagged,
                    categories = new Dictionary<string, bool> { ["harassment"] = flagged, ["violence"] = flagged, ["hate"] = false },
                    category_scores = new Dictionary<string, double> { ["harassment"] = 0.6, ["violence"] = 0.9, ["hate"] = 0.95 },
                },
            },
        });
    }
}
