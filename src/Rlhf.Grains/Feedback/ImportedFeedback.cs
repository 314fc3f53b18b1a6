using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Grains.Feedback;

/// <summary>Feedback that was given elsewhere, on a reply that this server never gave: a thumb, a preference where there is a <see cref="Rejected"/> reply, and a
/// reply to imitate where there is neither.</summary>
/// <param name="Id">The idempotency key.</param>
/// <param name="Group">Feedback of one group is never split between training and held-out data.</param>
/// <param name="Messages">The dialogue up to the reply.</param>
/// <param name="Completion">The reply.</param>
/// <param name="Rater">Who gave it.</param>
public sealed record ImportedFeedback(string Id, string Group, ImmutableArray<ChatMessage> Messages, string Completion, string Rater)
{
    /// <summary>What the id of an imported event begins with; its own name follows.</summary>
    public const string Prefix = "import/";

    /// <summary>The thumb on the reply, up or down.</summary>
    public bool? Up { get; init; }

    /// <summary>The reply that the other one is preferred to.</summary>
    public string? Rejected { get; init; }

    /// <summary>The event as the ledger takes it.</summary>
    public FeedbackEvent ToEvent(DateTimeOffset at)
    {
        var thumb = new FeedbackEvent(
            Prefix + Id, FeedbackKind.Thumbs, CompletionId: null, Rater, Up, Comment: null, Tags: [], Version: "", Group, Messages, Completion, Tokens: [], LogProbs: [], at);
        return (Up, Rejected) switch
        {
            ({ }, _) => thumb,
            (_, { } rejected) => thumb with
            {
                Kind = FeedbackKind.Comparison,
                Content = new FeedbackContent { Net = 1, Rank = 1, Others = [new ComparedReply("", 2, "", rejected, [], [])] },
            },
            _ => thumb with { Kind = FeedbackKind.Correction, Reply = "", Content = new FeedbackContent { Net = 1, Text = Completion } },
        };
    }
}
