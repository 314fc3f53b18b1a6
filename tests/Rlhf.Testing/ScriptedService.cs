using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rlhf.Testing;

/// <summary>A service over real HTTP that answers as the test says: one answer after another, the last of them again and again.</summary>
public sealed class ScriptedService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<HttpContext, JsonNode, Task>[] _answers;
    private int _asked;

    private ScriptedService(WebApplication app, Func<HttpContext, JsonNode, Task>[] answers) => (_app, _answers) = (app, answers);

    /// <summary>What it was asked.</summary>
    public ConcurrentQueue<(JsonNode Body, string Path, string? Authorization)> Questions { get; } = [];

    /// <summary>Where it listens, whatever the path.</summary>
    public Uri Url => new(_app.Urls.Single());

    /// <summary>Starts it.</summary>
    public static async Task<ScriptedService> StartAsync(params Func<HttpContext, JsonNode, Task>[] answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var service = new ScriptedService(app, answers);
        app.MapPost("/{**path}", service.AnswerAsync);
        await app.StartAsync();
        return service;
    }

    /// <summary>Answers with a body.</summary>
    public static Func<HttpContext, JsonNode, Task> Says(string body) => (http, _) => http.Response.WriteAsync(body);

    /// <summary>Answers with a status.</summary>
    public static Func<HttpContext, JsonNode, Task> Fails(int status, string? retryAfter = null) => (http, _) =>
    {
        http.Response.StatusCode = status;
        if (retryAfter is not null)
            http.Response.Headers.RetryAfter = retryAfter;
        return http.Response.WriteAsync("no");
    };

    /// <summary>Closes the connection before it answers.</summary>
    public static Func<HttpContext, JsonNode, Task> BreaksOff() => (http, _) =>
    {
        http.Abort();
        return Task.CompletedTask;
    };

    /// <summary>Closes the connection within its answer.</summary>
    public static Func<HttpContext, JsonNode, Task> BreaksOffInside() => async (http, _) =>
    {
        http.Response.ContentLength = 100;
        await http.Response.WriteAsync("{\"rewards\":[0.");
        await http.Response.Body.FlushAsync();
        http.Abort();
    };

    /// <summary>Waits until the caller gives up.</summary>
    public static Func<HttpContext, JsonNode, Task> NeverAnswers() => (http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted);

    /// <summary>A judge of OpenAI's shape that answers a question with a text.</summary>
    public static Func<HttpContext, JsonNode, Task> Judges(Func<JsonNode, string> answer) => (http, body) =>
        http.Response.WriteAsJsonAsync(new { id = "chatcmpl-1", choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = answer(body) } } } });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var body = (await JsonNode.ParseAsync(http.Request.Body))!;
        Questions.Enqueue((body, http.Request.Path, http.Request.Headers.Authorization));
        await _answers[Math.Min(Interlocked.Increment(ref _asked), _answers.Length) - 1](http, body);
    }
}
