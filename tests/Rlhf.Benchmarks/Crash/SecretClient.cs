using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Benchmarks.Crash;

/// <summary>What a client says in confidence, and has erased later.</summary>
internal sealed partial class CrashClient
{
    private async Task ConfideAsync()
    {
        var secret = new Secret($"{name}-{++_sent}");
        journal.Secrets[secret.Conversation] = secret;
        using (var chat = await http.PostAsJsonAsync("v1/chat/completions", new
        {
            model = "demo", messages = new[] { new { role = "user", content = $"Keep {secret.Words} to yourself" } }, user = secret.User,
            metadata = new { conversation_id = secret.Conversation }, max_tokens = 4, temperature = 1,
        }))
        {
            if (!await AcceptAsync(chat, "a secret"))
                return;
            var reply = StreamedReplies.Whole(JsonNode.Parse(await chat.Content.ReadAsStringAsync())!, secret.Conversation, "")[0];
            if (!reply.Durable)
                return;
            secret.Reply = reply.Id;
        }

        secret.Rated = await RateAsync(secret, secret.Reply);
        if (random.Next(2) == 0 && Any(journal.Replies.Values.Where(reply => reply.Durable)) is { } other)
        {
            secret.IsElsewhere = true;
            await RateAsync(secret, other.Id);
        }

        secret.Ended = true;
    }

    private async Task<bool> RateAsync(Secret secret, string reply)
    {
        using var response = await http.PostAsJsonAsync("v1/feedback", new { completion_id = reply, thumbs = random.Next(2) == 0 ? "up" : "down", rater = secret.User, comment = secret.Words });
        return await AcceptAsync(response, "a secret's thumb");
    }

    /// <summary>Erases one, or what of it a kill left; of a round before this one also such as were broken off.</summary>
    private async Task EraseAsync()
    {
        if (Any(journal.Secrets.Values.Where(secret => !secret.UserErased && (secret.Ended || !secret.Conversation.Contains(name.Split('.')[0] + ".", StringComparison.Ordinal)))) is not { } secret)
            return;
        secret.Asked = true;
        var wholeUser = secret.Erased || secret.IsElsewhere || random.Next(2) == 0;
        using var response = await http.DeleteAsync(wholeUser ? $"v1/users/{Uri.EscapeDataString(secret.User)}" : $"v1/conversations/{secret.Conversation}");
        if ((response.StatusCode == HttpStatusCode.NotFound && !wholeUser) || await AcceptAsync(response, "an erasure"))
            secret.Erase(wholeUser);
    }
}
