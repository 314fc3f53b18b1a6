using Rlhf.Contracts;

namespace Rlhf.Storage.Tests;

/// <summary>Events and turns to store.</summary>
internal static class Samples
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static FeedbackEvent Thumbs(string id, bool up = true) => new(
        id,
        FeedbackKind.Thumbs,
        CompletionId.Of("c-1", 1),
        "rater-1",
        up,
        "a comment with an é, a \"quote\" and a 🦊",
        ["polite", "short"],
        "v1",
        "group-1",
        [new ChatMessage("user", "A flat white, please.")],
        "Of course. Anything else?",
        [17, 4, 2],
        [-0.25f, -1.5e-7f, float.NegativeInfinity],
        Noon);

    public static IReadOnlyList<FeedbackEvent> Many(int count, string prefix = "e") =>
        [.. Enumerable.Range(1, count).Select(i => Thumbs($"{prefix}{i}", i % 2 == 0))];

    public static Turn Turn(string conversation, int number) => new(
        conversation,
        number,
        "v1",
        [new ChatMessage("user", $"Question {number}"), new ChatMessage("assistant", "Hm?")],
        $"Answer {number}",
        [5, 6, 2],
        [-0.5f, -0.125f, -3f],
        0.7,
        "stop",
        Noon.AddSeconds(number));
}
