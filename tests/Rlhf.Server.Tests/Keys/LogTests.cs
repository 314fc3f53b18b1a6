using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rlhf.Server.Tests.Keys;

/// <summary>What the log says, and what it must not say.</summary>
public sealed class LogTests
{
    private const string Secret = "xylophone";

    [Fact]
    public async Task Each_thing_that_an_operator_does_has_a_line_that_says_who()
    {
        await using var keyed = await KeyedServer.StartAsync("--Logging:LogLevel:Rlhf=Information");
        var lines = Listen(keyed.Server);
        using var ops = await keyed.ClientAsync("ops", "--roles", "operate");
        using var app = await keyed.ClientAsync("app");
        await ops.PostAsync("v1/versions/base/promote", null);
        await ops.PostAsync("v1/versions/v9/rollback", null);
        await ops.PostAsync("v1/versions/v9%0A12:00:00 forged/rollback", null);
        await ops.PostAsync("v1/learner/train", null);
        await app.PostAsync("v1/learner/train", null);
        await ops.GetAsync("v1/versions");
        await app.GetAsync("v1/versions");

        var audit = lines.Where(line => line.Category == "Rlhf.Audit").Select(line => line.Text).ToList();
        Assert.Equal(5, audit.Count);
        Assert.Matches(@"^POST /v1/versions/base/promote by ops \(rlhf_\w{8}\) from 127\.0\.0\.1: 200$", audit[0]);
        Assert.Matches(@"^POST /v1/versions/v9/rollback by ops .*: 404$", audit[1]);
        Assert.Matches(@"^POST /v1/versions/{id}/rollback by ops .*: 404$", audit[2]); // what a version can't be called is not written down
        Assert.Matches(@"^POST /v1/learner/train by ops .*: 409$", audit[3]);
        Assert.Matches(@"^POST /v1/learner/train by app .*: 403$", audit[4]);
        await KeyedServer.Until(() => Task.FromResult(lines.Any(line => line.Text.StartsWith("Key rlhf_", StringComparison.Ordinal) && line.Text.EndsWith(" of ops was added: operate", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Neither_prompts_nor_replies_nor_keys_are_in_the_log()
    {
        await using var keyed = await KeyedServer.StartAsync("--Logging:LogLevel:Rlhf=Debug", "--Logging:LogLevel:Default=Information");
        var lines = Listen(keyed.Server);
        var (_, key) = await keyed.MakeAsync("app", "--roles", "chat,rate,operate");
        using var app = keyed.Client(key);
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(app) == 200);
        var (status, reply) = await KeyedServer.AskAsync(app, Secret, ("max_tokens", 20));
        Assert.Equal(200, status);
        await KeyedServer.AskAsync(app, Secret, ("stream", true), ("model", "demo:v9"));
        await KeyedServer.AskAsync(app, Secret, ("temperature", 9));
        await KeyedServer.AskAsync(app, Secret, ("store", false));
        await KeyedServer.AskAsync(app, Secret, ("tools", Secret));
        await app.PostAsync("v1/chat/completions", new StringContent($"{{\"messages\":{Secret}"));
        await app.PostAsync("v1/feedback", new StringContent($$"""{"completion_id":"{{reply["id"]}}","thumbs":"up","rater":"ann","comment":"{{Secret}}"}"""));
        await app.PostAsync("v1/feedback/import", new StringContent($$"""{"items":[{"id":"i","messages":[{"role":"user","content":"{{Secret}}"}],"completion":"{{Secret}}","thumbs":"up"}]}"""));
        using (var wrong = keyed.Client(Secret))
        {
            Assert.Equal(401, await KeyedServer.StatusAsync(wrong));
        }

        var said = (string)reply["choices"]![0]!["message"]!["content"]!;
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            Assert.DoesNotContain(Secret, line.Text);
            Assert.DoesNotContain(key, line.Text);
            Assert.DoesNotContain(said, line.Text);
        });
    }

    private static ConcurrentQueue<(string Category, string Text)> Listen(RunningServer server)
    {
        var lines = new ConcurrentQueue<(string, string)>();
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(new Listener(lines));
        return lines;
    }

    private sealed class Listener(ConcurrentQueue<(string, string)> lines) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Log(categoryName, lines);

        public void Dispose()
        {
        }
    }

    private sealed class Log(string category, ConcurrentQueue<(string, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((category, formatter(state, exception) + exception));
    }
}
