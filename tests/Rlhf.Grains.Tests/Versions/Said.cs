using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Versions;

/// <summary>Feedback as the ledger has it, on conversations that nobody had to hold.</summary>
internal static class Said
{
    public static FeedbackEvent Thumb(string conversation, string version, bool? up, string rater = "ann", bool? replaces = null, int number = 1) =>
        Of(up is null ? FeedbackKind.Retraction : FeedbackKind.Thumbs, conversation, version, content: null, rater, number) with { Up = up, Replaces = replaces };

    public static FeedbackEvent Of(FeedbackKind kind, string conversation, string version, FeedbackContent? content, string rater = "ann", int number = 1) => new(
        Guid.NewGuid().ToString("N"), kind, CompletionId.Of(conversation, number), rater, Up: null, Comment: null, Tags: [], version, Group: conversation,
        [new ChatMessage("user", "A latte.")], "Here you are.", Tokens: [], LogProbs: [], DateTimeOffset.UnixEpoch, Content: content);

    /// <summary>Conversations with one thumb each, the first of them up.</summary>
    public static IReadOnlyList<FeedbackEvent> Conversations(string version, int up, int down, string prefix = "") =>
        [.. Enumerable.Range(0, up + down).Select(i => Thumb($"{prefix}{version}-{i}", version, up: i < up))];

    public static Task<IReadOnlyList<AppendResult>> SayAsync(this TestSilo silo, params IReadOnlyList<FeedbackEvent> said) => silo.Get<IFeedbackLedger>().AppendAsync(said);
}
