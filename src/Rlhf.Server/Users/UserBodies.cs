using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Rlhf.Contracts;
using Rlhf.Server.Chat;
using Rlhf.Server.Feedback;

namespace Rlhf.Server.Users;

/// <summary>All that is kept of a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Client">Whose user it is; null for one of before there were keys.</param>
/// <param name="ExportedAt">When the file was begun.</param>
/// <param name="Conversations">What the user opened, newest first.</param>
/// <param name="FeedbackGiven">What the user said of replies, as a rater, oldest first.</param>
/// <param name="Rater">What is counted of that.</param>
internal sealed record UserFileBody(
    string User, string? Client, DateTimeOffset ExportedAt, IReadOnlyList<UserConversationBody> Conversations, IReadOnlyList<UserFeedbackBody> FeedbackGiven, RaterBody Rater);

/// <summary>A conversation with everything that was said about it.</summary>
internal sealed record UserConversationBody(string Id, DateTimeOffset OpenedAt, IReadOnlyList<TurnBody> Turns, IReadOnlyList<UserFeedbackBody> Feedback);

/// <summary>A piece of feedback, without the reply that it is on.</summary>
internal sealed record UserFeedbackBody(string Id, string? CompletionId, string Rater, string? Thumbs, string? Comment, ImmutableArray<string> Tags,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion, DateTimeOffset At, FeedbackBody Said)
{
    public static UserFeedbackBody Of(FeedbackEvent feedback, bool seesVersions)
    {
        var said = FeedbackBody.Of(FeedbackReceipt.Of(feedback), seesVersions);
        return new UserFeedbackBody(feedback.Id, feedback.CompletionId, feedback.Rater, said.Thumbs, feedback.Comment, feedback.Tags, said.Version, feedback.At, said);
    }
}

/// <summary>What is counted of a rater in the newest feedback: replies that the rater likes and dislikes in the end, and statements taken back.</summary>
internal sealed record RaterBody(long Up, long Down, long Retracted, string? Quarantine);

/// <summary>Says what of a user is gone.</summary>
internal sealed record UserDeletedBody(string User, string Object, bool Deleted, int Conversations, int Turns, int Feedback);
