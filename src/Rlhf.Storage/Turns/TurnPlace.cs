using System.Text.Json;
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

    /// <summary>The turn that is stored in a place.</summary>
    /// <exception cref="StorageDamagedException">What is stored there is not that turn.</exception>
    public static Turn Read(string conversation, int number, byte[]? content)
    {
        try
        {
            return Content.Turn(content) is { ConversationId: not null, Version: not null, Reply: not null, FinishReason: not null } turn && turn.Number == number
                ? turn
                : throw new JsonException("the content is of another turn, or of none.");
        }
        catch (JsonException error)
        {
            throw new StorageDamagedException($"Turn {number} of conversation '{conversation}' can't be read: {error.Message} Restore it from a backup, or delete the conversation.", error);
        }
    }
}
