using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>What holds for a turn's place in every store.</summary>
internal static class TurnPlace
{
    public static void Require(Turn turn)
    {
        if (string.IsNullOrEmpty(turn.ConversationId) || turn.Number < 1)
        {
            throw new ArgumentException(
                $"Turn {turn.Number} of conversation '{turn.ConversationId}' can't be stored: a conversation has an id and its turns count from 1.",
                nameof(turn));
        }
    }

    public static InvalidOperationException Taken(Turn turn) => new(
        $"Conversation {turn.ConversationId} has another turn {turn.Number} already. A turn is written once; the next one needs the next number.");
}
