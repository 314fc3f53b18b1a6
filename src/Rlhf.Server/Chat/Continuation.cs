using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Chat;

/// <summary>What a request belongs to, and what it goes on from.</summary>
/// <param name="ConversationId">The conversation it names or, for a new one, a fresh id.</param>
/// <param name="ServerHistory">Whether its messages go on from what the conversation has stored.</param>
/// <param name="Parent">The turn they go on from; null for the last one.</param>
internal readonly record struct Continuation(string ConversationId, bool ServerHistory, int? Parent)
{
    private const string ParentField = "metadata.parent";

    public static Continuation Of(MetadataRequest? metadata)
    {
        var onServer = metadata?.History == MetadataRequest.Server;
        if (metadata?.Parent is not { } parent)
        {
            return new(metadata?.ConversationId ?? Guid.CreateVersion7().ToString("N"), onServer, null);
        }

        if (!onServer)
        {
            throw Refuse.Invalid($"'{ParentField}' is only for requests whose 'metadata.history' is \"{MetadataRequest.Server}\"; with the others 'messages' says what came before.", ParentField);
        }

        return !CompletionId.TryParse(parent, out var conversation, out var number) || !ConversationName.IsGood(conversation)
                ? throw Refuse.Invalid($"'{ParentField}' must be the id of a completion, such as chatcmpl-…-1, not '{parent}'.", ParentField)
            : metadata.ConversationId is { } named && named != conversation
                ? throw Refuse.Invalid($"'{ParentField}' is a completion of conversation '{conversation}', and 'metadata.conversation_id' is '{named}'; name one conversation.", ParentField)
            : new(conversation, onServer, number);
    }
}
