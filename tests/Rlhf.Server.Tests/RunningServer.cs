using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Rlhf.Server.Hosting;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests;

/// <summary>The real server in this process: real Kestrel on a free port, real storage, and a model of random weights.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private static readonly string[] Quiet = ["--Logging:LogLevel:Rlhf=Warning", "--Learner:TriggerThumbs=0", "--Versions:Canary=false", "--Learner:Gate:OwnJudge=true"];
    private readonly WebApplication _app;

    private RunningServer(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single() + "/");
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = Address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    /// <summary>What it is made of.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a server on a data folder.</summary>
    public static async Task<RunningServer> StartAsync(string data, params string[] settings)
    {
        var app = RlhfApp.Create(["--urls", "http://127.0.0.1:0", "--data", data, "--model", TinyModel.Folder, .. Quiet, .. settings]);
        await app.StartAsync();
        return new RunningServer(app);
    }

    /// <summary>Posts JSON and reads JSON, whatever the status.</summary>
    public async Task<(int Status, JsonNode Body)> PostAsync(string path, object body)
    {
        using var response = await Client.PostAsJsonAsync(path, body);
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    /// <summary>Reads JSON, whatever the status.</summary>
    public async Task<(int Status, JsonNode Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    /// <summary>A chat request for a short, greedy reply.</summary>
    public static Dictionary<string, object> Ask(string text, params (string Key, object Value)[] more)
    {
        var body = new Dictionary<string, object>
        {
            ["model"] = "demo",
            ["messages"] = new[] { new { role = "user", content = text } },
            ["temperature"] = 0,
            ["max_tokens"] = 8,
        };
        foreach (var (key, value) in more)
        {
            body[key] = value;
        }

        return body;
    }

    /// <summary>Asks, whatever the answer is.</summary>
    public Task<HttpResponseMessage> AskAsync(string text, params (string Key, object Value)[] more) =>
        Client.PostAsJsonAsync("v1/chat/completions", Ask(text, more));

    /// <summary>Chats, and insists on an answer.</summary>
    public async Task<JsonNode> ChatAsync(string text, params (string Key, object Value)[] more)
    {
        var (status, body) = await PostAsync("v1/chat/completions", Ask(text, more));
        Assert.True(status == 200, $"{status}: {body}");
        return body;
    }

    /// <summary>A connection of its own that asks and reads nothing: closing it is a client that goes away.</summary>
    public async Task<TcpClient> ConnectAsync(string text, params (string Key, object Value)[] more)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(Address.Host, Address.Port);
        var body = JsonSerializer.SerializeToUtf8Bytes(Ask(text, more));
        var head = $"POST /v1/chat/completions HTTP/1.1\r\nHost: {Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        await connection.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
        return connection;
    }

    /// <summary>Presses a thumb, and insists on an answer.</summary>
    public async Task<JsonNode> ThumbAsync(string completion, bool up, string rater)
    {
        var (status, body) = await PostAsync("v1/feedback", new { completion_id = completion, thumbs = up ? "up" : "down", rater });
        Assert.True(status == 200, $"{status}: {body}");
        return body;
    }

    /// <summary>Waits for something that happens by itself.</summary>
    public static async Task Until(Func<bool> happened) =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(happened, TimeSpan.FromSeconds(30))));

    /// <summary>Stops as an operator's Ctrl-C does.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}

/// <summary>One server on a fresh folder for all tests of a class.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The server.</summary>
    public RunningServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Server = await RunningServer.StartAsync(_folder.Path);

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
