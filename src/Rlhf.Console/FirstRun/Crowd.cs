using System.Text.Json;
using Rlhf.WebConsole.Api;
using Rlhf.WebConsole.Chat;

namespace Rlhf.WebConsole.FirstRun;

/// <summary>People who don't exist: each of them chats once and likes the reply, or not, as a hidden taste does; one in ten presses the wrong thumb.</summary>
internal sealed class Crowd(ServerApi api)
{
    /// <summary>How many of them there are.</summary>
    public const int Raters = 20;

    private static readonly string[] Openings = ["Hi, can I get", "Could I have", "I'd like", "Good morning, I'll take", "Let me get", "Hello, may I order"];
    private static readonly string[] Drinks = ["a latte", "a mocha", "an espresso", "a cappuccino", "an americano", "a chai latte", "a macchiato", "a matcha latte", "a green tea"];
    private static readonly string[] Extras = ["", " with oat milk", " with almond milk", " with vanilla", " to go", ", decaf", " and make it a double"];

    private readonly Taste _taste = Taste.Courteous();

    /// <summary>Chats and presses thumbs.</summary>
    /// <param name="chats">How many times.</param>
    /// <param name="progress">Told how many are done, and how many of those were liked.</param>
    /// <param name="cancellationToken">Sends them home.</param>
    public async Task ComeAsync(int chats, Func<int, int, Task> progress, CancellationToken cancellationToken)
    {
        var model = (await api.GetAsync<ModelList>("/v1/models", cancellationToken)).Data[0].Id;
        var random = new Random();
        List<double> seen = [];
        var liked = 0;
        for (var chat = 1; chat <= chats; chat++)
        {
            var rater = $"simulated-{random.Next(Raters) + 1}";
            var said = $"{Pick(random, Openings)} {Pick(random, Drinks)}{Pick(random, Extras)}, please.";
            var reply = await api.PostAsync<JsonElement>("/v1/chat/completions", new { model, user = rater, messages = new[] { new { role = "user", content = said } } }, cancellationToken);
            var score = _taste.Of(reply.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "");
            var like = score > Median(seen) != random.NextDouble() < 0.1;
            seen.Add(score);
            liked += like ? 1 : 0;
            await api.PostAsync<JsonElement>("/v1/feedback", new { completion_id = reply.GetProperty("id").GetString(), rater, thumbs = like ? "up" : "down" }, cancellationToken);
            await progress(chat, liked);
        }
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    /// <summary>What is better than half of what was seen is good.</summary>
    private static double Median(List<double> seen) => seen.Count == 0 ? 1 : seen.Order().ElementAt(seen.Count / 2);
}
