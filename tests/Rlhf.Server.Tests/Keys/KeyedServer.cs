using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Keys.Command;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Keys;

/// <summary>A server that needs keys, which the command makes beside it, and clients that hold them.</summary>
public sealed class KeyedServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The server.</summary>
    public RunningServer Server { get; private set; } = null!;

    /// <summary>Makes a first key, which closes the server, and starts it.</summary>
    public static async Task<KeyedServer> StartAsync(params string[] settings)
    {
        var keyed = new KeyedServer();
        await keyed.MakeAsync("first");
        keyed.Server = await RunningServer.StartAsync(keyed._folder.Path, ["--Keys:Refresh=00:00:00.020", .. settings]);
        return keyed;
    }

    /// <summary>Makes a key.</summary>
    public async Task<(string Id, string Key)> MakeAsync(string client, params string[] more)
    {
        var made = JsonNode.Parse(await CommandAsync(["add", client, .. more, "--json"]))!;
        return ((string)made["id"]!, (string)made["key"]!);
    }

    /// <summary>Makes a key and waits until the server knows it.</summary>
    public async Task<HttpClient> ClientAsync(string client, params string[] more)
    {
        var (_, key) = await MakeAsync(client, more);
        var http = Client(key);
        await Until(async () => await StatusAsync(http) == 200);
        return http;
    }

    /// <summary>A client that sends a key.</summary>
    public HttpClient Client(string? key) => new()
    {
        BaseAddress = Server.Address,
        DefaultRequestHeaders = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
    };

    /// <summary>What <c>keys</c> prints.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await KeysCommand.RunAsync([.. words, "--data", _folder.Path], output, error, TimeProvider.System);
        Assert.True(code == 0, error.ToString());
        return output.ToString();
    }

    /// <summary>Waits for something that happens by itself.</summary>
    public static async Task Until(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await happened())
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>How the server answers a key that may do anything at all.</summary>
    public static async Task<int> StatusAsync(HttpClient client)
    {
        using var response = await client.GetAsync("v1/models");
        return (int)response.StatusCode;
    }

    /// <summary>Asks, and reads what came.</summary>
    public static async Task<(int Status, JsonNode Body)> AskAsync(HttpClient client, string text, params (string, object)[] more) =>
        await ReadAsync(await client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask(text, more)));

    /// <summary>Presses a thumb up, and reads what came.</summary>
    public static async Task<(int Status, JsonNode Body)> ThumbAsync(HttpClient client, string completion, string rater) =>
        await ReadAsync(await client.PostAsJsonAsync("v1/feedback", new { completion_id = completion, thumbs = "up", rater }));

    /// <summary>Reads an answer.</summary>
    public static async Task<(int Status, JsonNode Body)> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>One for all tests of a class.</summary>
public sealed class KeyedServerFixture : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public KeyedServer Keyed { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync() => Keyed = await KeyedServer.StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Keyed.DisposeAsync();
}
