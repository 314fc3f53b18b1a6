using System.Globalization;
using System.Text.Json;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>A request of a story.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="Key">The Idempotency-Key; null for none.</param>
/// <param name="AsApp">Whether a client sends it that may only chat, or the operator's.</param>
/// <param name="Manner">How the client behaves.</param>
internal sealed record Draft(string Method, string Target, string? Body = null, string? Key = null, bool AsApp = false, Manner Manner = Manner.Plain);

/// <summary>Requests that are about one another.</summary>
internal static class Story
{
    /// <summary>A story of one conversation.</summary>
    public static IReadOnlyList<Draft> Of(Random random, string conversation, int episode) => random.Next(24) switch
    {
        0 => Training(random, episode),
        < 8 => Versions(random, conversation),
        < 12 => Ownership(conversation, episode),
        _ => Thumbs(random, conversation, episode),
    };

    private static List<Draft> Thumbs(Random random, string conversation, int episode)
    {
        var (completion, rater, key) = (string.Create(CultureInfo.InvariantCulture, $"chatcmpl-{conversation}-{random.Next(1, 4)}"), $"rater-{random.Next(12)}", $"story-{episode}");
        var retraction = $"/v1/feedback?completion_id={completion}&rater={rater}";
        return
        [
            Chat(conversation),
            Chat(conversation, random.Any([Manner.Plain, Manner.SlowReader, Manner.LeavesEarly, Manner.LeavesInTheMiddle]), stream: true),
            Thumb(completion, "up", rater, key),
            Thumb(completion, "up", rater, key, random.Any([Manner.Plain, Manner.LeavesEarly])),
            Thumb(completion, "down", rater, key),
            new("DELETE", retraction, Key: $"{key}-back"),
            new("DELETE", retraction, Key: key),
            Thumb(completion, "up", rater, $"{key}-back"),
            new("DELETE", retraction),
            new("GET", $"/v1/conversations/{conversation}"),
        ];
    }

    private static List<Draft> Versions(Random random, string conversation)
    {
        string Act() => $"/v1/versions/{random.Any(["base", "v1", "v1", "v2", "v3", "v77"])}/{random.Any(["promote", "rollback", "release"])}";
        return
        [
            new("GET", "/v1/versions"), new("POST", Act()), Chat(conversation), new("POST", Act(), "{}"), new("POST", Act(), Manner: Manner.LeavesEarly), Chat(conversation, model: "demo:v1"),
            new("POST", Act()), new("GET", "/v1/models/demo:v1"), new("POST", "/v1/versions/base/promote"), new("GET", "/v1/learner"),
        ];
    }

    private static List<Draft> Ownership(string conversation, int episode)
    {
        var (mine, yours) = ($"{conversation}-app", $"chatcmpl-{conversation}-app-1");
        return
        [
            Chat(mine) with { AsApp = true }, Chat(mine), new("GET", $"/v1/conversations/{mine}", AsApp: true), new("GET", $"/v1/conversations/{mine}"), Thumb(yours, "up", "ann", $"own-{episode}") with { AsApp = true },
            Thumb(yours, "up", "ann", $"own-{episode}"), Thumb(yours, "down", "app/ann", $"own-{episode}"), new("DELETE", $"/v1/feedback?completion_id={yours}&rater=ann", AsApp: true),
            new("POST", "/v1/learner/train", AsApp: true), new("GET", "/metrics", AsApp: true),
        ];
    }

    private static List<Draft> Training(Random random, int episode) =>
    [
        Recorded(episode), Recorded(episode), new("POST", "/v1/learner/train"), new("POST", "/v1/learner/train"), new("GET", $"/v1/learner?wait_for=job-{random.Next(1, 9)}&timeout=0.5"),
        new("GET", "/v1/learner?wait_for=job-1&timeout=0.2", Manner: Manner.LeavesEarly), Chat($"pool-{random.Next(ValidValues.Conversations)}", bestOf: 2), new("GET", "/v1/versions"), new("POST", "/v1/versions/v1/promote"),
        Chat($"pool-{random.Next(ValidValues.Conversations)}", bestOf: 2, model: "demo:v1"),
    ];

    /// <summary>Thumbs that were pressed elsewhere, enough to learn from.</summary>
    public static Draft Recorded(int episode) => new("POST", "/v1/feedback/import", JsonSerializer.Serialize(new
    {
        items = Enumerable.Range(0, 16).Select(i => new
        {
            id = $"recorded-{episode}-{i}", group = $"recorded-{episode}-{i}", messages = new[] { new { role = "user", content = $"Question {i}" } }, completion = i % 2 == 0 ? "Sure." : "No", thumbs = i % 2 == 0 ? "up" : "down", rater = $"recorder-{i % 6}",
        }),
    }));

    private static Draft Thumb(string completion, string thumbs, string rater, string key, Manner manner = Manner.Plain) =>
        new("POST", "/v1/feedback", JsonSerializer.Serialize(new { completion_id = completion, thumbs, rater }), key, Manner: manner);

    private static Draft Chat(string conversation, Manner manner = Manner.Plain, bool stream = false, int bestOf = 1, string model = "demo") => new(
        "POST",
        "/v1/chat/completions",
        JsonSerializer.Serialize(new { model, messages = new[] { new { role = "user", content = "A latte, please." } }, metadata = new { conversation_id = conversation }, max_tokens = 6, stream, best_of = bestOf }),
        Manner: manner);
}
