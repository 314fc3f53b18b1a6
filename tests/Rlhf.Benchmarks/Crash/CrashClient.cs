using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Feedback;

namespace Rlhf.Benchmarks.Crash;

/// <summary>
/// One of the clients that use a server until it is gone: chats, presses thumbs, takes them back, sends again what it
/// got no answer to, brings batches in, starts training, and has some of it erased. Its thumbs are its own rater's, so that their order is known.
/// </summary>
internal sealed partial class CrashClient(string name, HttpClient http, Journal journal, Violations violations, Random random, Func<bool> mayRefuse)
{
    private const int LongestBatch = 40;
    private const int LongestPause = 25;

    private string Rater { get; } = name.Split('.')[^1];

    private int _sent;

    /// <summary>Goes on until the server is gone, or nobody waits for it any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await (random.Next(100) switch
                {
                    < 12 => ConfideAsync(),
                    < 24 => EraseAsync(),
                    < 50 => ChatAsync(),
                    < 68 => PressAsync(),
                    < 76 => TakeBackAsync(),
                    < 84 => SendAgainAsync(),
                    < 86 => ReuseKeyAsync(),
                    < 93 => BringInAsync(),
                    < 96 => TrainAsync(),
                    _ => LookAsync(),
                });
                await Task.Delay(random.Next(LongestPause), cancellationToken);
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            // killed, or over
        }
    }

    private async Task ChatAsync()
    {
        var known = Any(journal.Replies.Values)?.Conversation;
        var conversation = known is null || random.Next(3) == 0 ? $"{name}-{++_sent}" : known;
        var question = $"Question {++_sent} of {name}";
        var choices = random.Next(8) == 0 ? 2 : 1;
        var stream = random.Next(4) == 0;
        journal.Asked[question] = choices;
        journal.Touch(conversation);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = JsonContent.Create(new
            {
                model = "demo",
                messages = new[] { new { role = "user", content = question } },
                metadata = new { conversation_id = conversation },
                n = choices,
                stream,
                temperature = 1,
                max_tokens = random.Next(1, 16),
                seed = random.Next(),
            }),
        };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!await AcceptAsync(response, "a chat"))
            return;
        foreach (var reply in stream
            ? await StreamedReplies.ReadAsync(response, conversation, question, Broken)
            : StreamedReplies.Whole(JsonNode.Parse(await response.Content.ReadAsStringAsync())!, conversation, question))
        {
            violations.Require(journal.Replies.TryAdd(reply.Id, reply), () => $"the id '{reply.Id}' was given to two replies");
        }
    }

    private Task PressAsync() => Any(journal.Replies.Values) is not { } reply ? Task.CompletedTask : SendAsync(new Press(
        NextKey(),
        reply,
        Rater,
        random.Next(3) > 0,
        random.Next(4) == 0 ? $"Said \"{random.Next()}\" – ünd more" : null,
        random.Next(4) == 0 ? ["polite", "short"] : []));

    private Task TakeBackAsync() =>
        Any(journal.Presses.Values.Where(press => press.Rater == Rater && press.Up is not null && press.Acknowledged)) is { } pressed
            ? SendAsync(new Press(NextKey(), pressed.Reply, Rater, null, null, []))
            : Task.CompletedTask;

    /// <summary>What got no answer, or else anything, under the same name as before.</summary>
    private async Task SendAgainAsync()
    {
        if (random.Next(4) == 0)
        {
            if ((Any(journal.Batches.Values.Where(batch => !batch.Acknowledged)) ?? Any(journal.Batches.Values)) is { } batch)
                await SendAsync(batch);
            return;
        }

        var mine = journal.Presses.Values.Where(press => press.Rater == Rater && !press.NotFound && journal.Knows(press.Reply)).ToList();
        if ((Any(mine.Where(press => !press.Acknowledged)) ?? Any(mine)) is { } press)
            await SendAsync(press);
    }

    /// <summary>Another press under the name of one that was acknowledged: refused, and nothing of it recorded.</summary>
    private async Task ReuseKeyAsync()
    {
        if (Any(journal.Presses.Values.Where(press => press.Rater == Rater && press.Up is not null && press.Acknowledged)) is not { } press)
            return;
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback")
        {
            Content = JsonContent.Create(new { completion_id = press.Reply.Id, thumbs = press.Up is true ? "down" : "up", rater = Rater, comment = press.Comment, tags = press.Tags }),
            Headers = { { IdempotencyKey.Header, press.Key } },
        };
        using var response = await http.SendAsync(request);
        if (response.StatusCode != HttpStatusCode.UnprocessableEntity && await AcceptAsync(response, $"the key of '{press.EventId}' with another thumb"))
            violations.Add($"the key of '{press.EventId}' was taken for another thumb");
    }

    private Task BringInAsync()
    {
        var batch = new Batch($"{name}-batch-{++_sent}", [.. Enumerable.Range(0, random.Next(1, LongestBatch)).Select(_ => random.Next(2) == 0)]);
        journal.Batches[batch.Name] = batch;
        return SendAsync(batch);
    }

    private async Task TrainAsync()
    {
        using var response = await http.PostAsJsonAsync("v1/learner/train", new { });
        if (response.StatusCode != HttpStatusCode.Conflict && await AcceptAsync(response, "a training"))
        {
            var job = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["job_id"]!;
            journal.LastJob = int.Parse(job.AsSpan("job-".Length), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>What was acknowledged is seen at once.</summary>
    private async Task LookAsync()
    {
        if (Any(journal.Replies.Values) is not { } reply)
            return;
        using var response = await http.GetAsync($"v1/conversations/{reply.Conversation}");
        if (await AcceptAsync(response, "a look") && reply.Durable)
        {
            var turns = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["turns"]!.AsArray();
            violations.Require(turns.Any(turn => (string?)turn!["completion_id"] == reply.Id), () => $"the acknowledged reply '{reply.Id}' is not shown");
        }
    }

    /// <summary>Sends a thumb, now and then twice at once.</summary>
    private async Task SendAsync(Press press)
    {
        journal.Presses[press.EventId] = press;
        await Task.WhenAll(Enumerable.Range(0, random.Next(6) == 0 ? 2 : 1).Select(_ => SendOnceAsync(press)).ToList());
    }

    private async Task SendOnceAsync(Press press)
    {
        var reply = Uri.EscapeDataString(press.Reply.Id);
        using var request = press.Up is { } up
            ? new HttpRequestMessage(HttpMethod.Post, "v1/feedback")
            {
                Content = JsonContent.Create(new { completion_id = press.Reply.Id, thumbs = up ? "up" : "down", rater = press.Rater, comment = press.Comment, tags = press.Tags }),
            }
            : new HttpRequestMessage(HttpMethod.Delete, $"v1/feedback?completion_id={reply}&rater={press.Rater}");
        request.Headers.Add("Idempotency-Key", press.Key);
        using var response = await http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.NotFound && press.Up is null)
        {
            press.Miss();
        }
        else if (await AcceptAsync(response, $"the thumb '{press.EventId}'"))
        {
            press.Acknowledge();
            journal.Replies[press.Reply.Id] = press.Reply with { Durable = true }; // what is rated is stored
        }
    }

    private async Task SendAsync(Batch batch)
    {
        var items = batch.Thumbs.Select((up, i) => new
        {
            id = batch.ItemId(i),
            group = batch.Name,
            messages = new[] { new { role = "user", content = $"Question {i}" } },
            completion = batch.Completion(i),
            thumbs = up ? "up" : "down",
            rater = Rater,
        });
        using var response = await http.PostAsJsonAsync("v1/feedback/import", new { items });
        if (await AcceptAsync(response, $"the batch '{batch.Name}'"))
        {
            var rejected = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["rejected"]!;
            violations.Require(rejected.AsArray().Count == 0, () => $"of the batch '{batch.Name}' was rejected: {rejected.ToJsonString()}");
            batch.Acknowledged = true;
        }
    }

    private string NextKey() => $"{name}-{++_sent}";

    private async Task<bool> AcceptAsync(HttpResponseMessage response, string what)
    {
        if (response.IsSuccessStatusCode)
            return true;
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable && mayRefuse())
            journal.Refuse();
        else
            violations.Add($"{what} is answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return false;
    }

    private void Broken(string error)
    {
        if (mayRefuse())
            journal.Refuse();
        else
            violations.Add($"a stream ends with {error}");
    }

    private T? Any<T>(IEnumerable<T> some)
        where T : class
    {
        var all = some.ToList();
        return all.Count == 0 ? null : all[random.Next(all.Count)];
    }
}
