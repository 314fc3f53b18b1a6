using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Benchmarks.Crash;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>Somebody who goes on with one conversation and rates its replies by a simple taste, the more vowels the better. A thumb that was not
/// acknowledged is sent again, under the same key, until it is.</summary>
internal sealed class ClusterUser(string name, HttpClient http, ClusterJournal journal)
{
    private const int ShortReply = 12;
    private const int LongReply = 120;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentQueue<Press> _pending = new();
    private readonly List<double> _vowels = [];
    private int _sent;

    /// <summary>Thumbs that were not acknowledged yet.</summary>
    public int Pending => _pending.Count;

    /// <summary>Chats, and rates beside it, until told to stop; what is under way is read to its end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        journal.Conversations[name] = true;
        await Task.WhenAll(RepeatAsync(() => ChatAsync(stream: _sent % 2 == 0), stopping), RepeatAsync(RateAsync, stopping));
    }

    /// <summary>Sends what was not acknowledged yet, once each. False when one is refused again.</summary>
    public async Task<bool> RateAsync()
    {
        for (var left = _pending.Count; left > 0 && _pending.TryDequeue(out var press); left--)
        {
            if (!await PressAsync(press))
            {
                _pending.Enqueue(press);
                return false;
            }
        }

        return true;
    }

    private static async Task RepeatAsync(Func<Task<bool>> request, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var good = await request();
            await Task.Delay(good ? s_pause : s_pauseAfterFailure, CancellationToken.None);
        }
    }

    private async Task<bool> ChatAsync(bool stream)
    {
        var question = $"Question {++_sent % 8} of {name}, the {_sent}.";
        var asked = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(new
            {
                model = "demo",
                messages = new[] { new { role = "user", content = question } },
                metadata = new { conversation_id = name },
                stream,
                temperature = 1,
                max_tokens = stream ? LongReply : ShortReply,
            }),
        };
        var replies = await AskAsync(request, stream ? "stream" : "chat", response => stream
            ? StreamedReplies.ReadAsync(response, name, question, error => journal.Fail($"stream ended with {CodeOf(error)}"))
            : WholeAsync(response, question));
        foreach (var reply in replies ?? [])
        {
            journal.Add(reply, asked);
            _pending.Enqueue(new Press(Guid.NewGuid().ToString("N"), reply, name, Up: IsLiked(reply.Text), Comment: null, Tags: []));
        }

        return replies is { Count: > 0 };
    }

    private async Task<bool> PressAsync(Press press)
    {
        journal.Presses[press.EventId] = press;
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback")
        {
            Content = JsonContent.Create(new { completion_id = press.Reply.Id, thumbs = press.Up is true ? "up" : "down", rater = press.Rater }),
            Headers = { { "Idempotency-Key", press.Key } },
        };
        var unknown = false;
        var done = await AskAsync(request, "thumb", _ => Task.FromResult<string?>("acknowledged"), status => unknown = status == HttpStatusCode.NotFound);
        if (unknown && !press.Reply.Durable)
        {
            journal.Replies.TryRemove(press.Reply.Id, out _); // it said that it was not stored, and the process that held it is gone
            return true;
        }

        if (unknown)
            journal.Lost.Enqueue($"the acknowledged reply '{press.Reply.Id}' can't be rated");
        if (done is null)
            return unknown;
        press.Acknowledge();
        journal.Replies[press.Reply.Id] = press.Reply with { Durable = true }; // what is rated is stored
        return true;
    }

    /// <summary>Sends a request, and keeps how it failed; null then.</summary>
    private async Task<T?> AskAsync<T>(HttpRequestMessage request, string what, Func<HttpResponseMessage, Task<T>> readAsync, Action<HttpStatusCode>? refused = null)
        where T : class?
    {
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.IsSuccessStatusCode)
                return await readAsync(response);
            refused?.Invoke(response.StatusCode);
            journal.Fail($"{what} answered with {(int)response.StatusCode} {CodeOf(await response.Content.ReadAsStringAsync())}");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            journal.Fail($"{what} broken off");
        }
        catch (OperationCanceledException)
        {
            journal.Fail($"{what} not answered within {http.Timeout.TotalSeconds:F0} s");
        }

        return null;
    }

    private async Task<IReadOnlyList<Reply>> WholeAsync(HttpResponseMessage response, string question) =>
        StreamedReplies.Whole(JsonNode.Parse(await response.Content.ReadAsStringAsync())!, name, question);

    /// <summary>The better half of all so far.</summary>
    private bool IsLiked(string text)
    {
        var vowels = text.Count(letter => "aeiou".Contains(letter)) / (double)Math.Max(1, text.Length);
        _vowels.Add(vowels);
        return vowels >= _vowels.Order().ElementAt(_vowels.Count / 2);
    }

    private static string CodeOf(string error)
    {
        try
        {
            var body = JsonNode.Parse(error);
            return (string?)(body?["error"]?["code"] ?? body?["code"]) ?? "no code";
        }
        catch (JsonException)
        {
            return "no code";
        }
    }
}
