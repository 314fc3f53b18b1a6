using Rlhf.Contracts;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>Thumbs as the server would record them: ids that grow with time, three to a conversation, a dialogue of three messages and a reply of 24 tokens.</summary>
internal static class Thumbs
{
    /// <summary>Events in one batch: as many as one request may import.</summary>
    public const int BatchSize = 500;

    private const int Tokens = 24;
    private const int PerConversation = 3;

    /// <summary>Batches of new events.</summary>
    public static FeedbackEvent[][] Batches(int count) => [.. Enumerable.Range(0, count).Select(_ => Make(BatchSize))];

    /// <summary>New events.</summary>
    public static FeedbackEvent[] Make(int count)
    {
        var conversation = "";
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            if (i % PerConversation == 0)
                conversation = Guid.CreateVersion7().ToString("N");
            return Make(conversation, 1 + (i % PerConversation), i);
        })];
    }

    private static FeedbackEvent Make(string conversation, int turn, int i)
    {
        var random = new Random(i);
        return new FeedbackEvent(
            Guid.CreateVersion7().ToString("N"), FeedbackKind.Thumbs, CompletionId.Of(conversation, turn), $"rater-{i % 1000}", i % 3 > 0, null, ["polite"], "v3", conversation,
            [
                new ChatMessage("user", "Hi, I would like to order a coffee."),
                new ChatMessage("assistant", "Sure, what kind of coffee would you like?"),
                new ChatMessage("user", "A large latte with oat milk, please, and could you make it extra hot?"),
            ],
            "A large oat milk latte, extra hot. Would you like anything else with that?",
            [.. Enumerable.Range(0, Tokens).Select(_ => random.Next(4096))],
            [.. Enumerable.Range(0, Tokens).Select(_ => -random.NextSingle())],
            DateTimeOffset.UtcNow);
    }
}
