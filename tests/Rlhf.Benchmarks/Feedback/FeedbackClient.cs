using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Rlhf.Benchmarks.Serving;
using Rlhf.Contracts;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>Chats, presses thumbs and imports recorded ones over HTTP, as an application in front of the server does.</summary>
internal sealed class FeedbackClient(Uri address) : IDisposable
{
    private const int ReplyTokens = 8;

    // An application's pool. Without a bound, what a pause holds up would come as a thousand new connections at once.
    private const int Connections = 64;

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { BaseAddress = address };

    /// <summary>Opens the n-th conversation with its first turn.</summary>
    public Task OpenAsync(int n) => PostAsync("v1/chat/completions", new
    {
        model = "demo",
        messages = new[] { new { role = "system", content = Orders.System }, new { role = "user", content = Orders.User(n) } },
        max_tokens = ReplyTokens,
        user = $"user-{n}",
        metadata = new { conversation_id = Conversation(n) },
    });

    /// <summary>The user of the n-th conversation presses a thumb on its first reply; a later press takes the former's place.</summary>
    public Task RateAsync(int n, bool up) => PostAsync("v1/feedback", new
    {
        completion_id = CompletionId.Of(Conversation(n), 1),
        thumbs = up ? "up" : "down",
        rater = $"user-{n}",
    });

    /// <summary>Imports recorded thumbs.</summary>
    public Task ImportAsync(ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync("v1/feedback/import", content);
    }

    /// <summary>The body of an import of these events.</summary>
    public static byte[] Import(IEnumerable<FeedbackEvent> events) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        items = events.Select(thumb => new
        {
            id = thumb.Id,
            group = thumb.Group,
            messages = thumb.Messages.Select(message => new { role = message.Role, content = message.Content }),
            completion = thumb.Reply,
            thumbs = thumb.Up is true ? "up" : "down",
            rater = thumb.Rater,
        }),
    });

    /// <summary>What the server's metrics say of its managed heap after its last collection, in bytes.</summary>
    public async Task<double> ManagedHeapAsync() => (await _http.GetStringAsync("metrics"))
        .Split('\n')
        .Where(line => line.StartsWith("dotnet_gc_last_collection_heap_size_bytes", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));

    public void Dispose() => _http.Dispose();

    private static string Conversation(int n) => $"bench-{n}";

    private Task PostAsync<T>(string path, T body) => SendAsync(path, JsonContent.Create(body));

    private async Task SendAsync(string path, HttpContent content)
    {
        using var response = await _http.PostAsync(path, content);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"The server answered {(int)response.StatusCode} to {path}: {await response.Content.ReadAsStringAsync()}");
        await response.Content.LoadIntoBufferAsync();
    }
}
