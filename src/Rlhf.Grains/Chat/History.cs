using System.Collections.Immutable;
using System.Text;
using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>What a conversation has stored, as the dialogue that a request goes on with.</summary>
internal static class History
{
    // A turn keeps the dialogue it answered, and has to fit one row of any store.
    private const int MostMessages = 1000;
    private const int MostBytes = 384 * 1024;

    /// <summary>The dialogue up to a request's new messages, these among it. Old messages give way where it grows too long for a turn, as they do where it is too long
    /// for the model. A system prompt of the model's is left out: the request gets the one that is active now.</summary>
    /// <param name="id">The conversation.</param>
    /// <param name="turns">Its turns, by number.</param>
    /// <param name="request">The request.</param>
    /// <param name="prefer">Of several drafts of one answer, the one that the dialogue goes on from; the first where it is missing.</param>
    /// <returns>The dialogue, and the turn that it goes on from; 0 for none.</returns>
    /// <exception cref="RefusedException">There is no such turn, moderation refused it, or a new message is a system message.</exception>
    public static (ImmutableArray<ChatMessage> Messages, int Parent) Of(string id, IReadOnlyList<Turn> turns, ChatRequest request, Func<IReadOnlyList<Turn>, Turn>? prefer = null)
    {
        if (Parent(id, turns, request.Parent, prefer ?? (drafts => drafts[0])) is not { } parent)
        {
            ToolResults.Require(request.Messages, request.Messages.TakeWhile(IsTools).Count());
            return (request.Messages, 0);
        }

        if (request.Messages.Any(message => message.Role == "system"))
        {
            throw new RefusedException(
                Refusal.Invalid, $"'messages' holds a system message, and conversation '{id}' goes on from a turn: with metadata.history \"server\" only its first turn takes one.", "messages");
        }

        // Tools are the request's own: those that an earlier one showed are not shown again.
        ChatMessage[] tools = [.. request.Messages.TakeWhile(IsTools)], added = [.. request.Messages.Skip(tools.Length)];
        var before = parent.Messages.SkipWhile(IsTools).Skip(parent.SystemPrompt is null ? 0 : 1);
        ImmutableArray<ChatMessage> whole = [.. tools, .. before, Replied(parent), .. added];
        ToolResults.Require(whole, stored: whole.Length - added.Length);
        return (Cut(whole, added.Length), parent.Number);
    }

    /// <summary>What a turn replied. A call that the reply's end cut short is none that anybody can answer: its arguments are not whole, and it is left out.</summary>
    private static ChatMessage Replied(Turn turn)
    {
        if (turn.Message is not { ToolCalls: { } calls } message)
        {
            return turn.Message ?? new ChatMessage("assistant", turn.Reply);
        }

        ToolCall[] whole = [.. ToolCalls.Read(calls).Where(call => call.Function.IsWhole)];
        return message with { ToolCalls = whole.Length > 0 ? ToolCalls.Write(whole) : null };
    }

    private static Turn? Parent(string id, IReadOnlyList<Turn> turns, int? number, Func<IReadOnlyList<Turn>, Turn> prefer)
    {
        if (number is not > 0)
        {
            return number is not null ? null
                : turns.LastOrDefault(turn => turn.Filtered is null) is { Draft.Set: var set } ? prefer([.. turns.Where(turn => turn.Draft?.Set == set && turn.Filtered is null).OrderBy(turn => turn.Draft!.Index)])
                : turns.LastOrDefault(turn => turn.Filtered is null);
        }

        var parent = turns.FirstOrDefault(turn => turn.Number == number)
            ?? throw new RefusedException(Refusal.NotFound, $"There is no completion '{CompletionId.Of(id, number.Value)}' to go on from; nothing is stored of one with store: false.", "metadata.parent");
        return parent.Filtered is null
            ? parent
            : throw new RefusedException(Refusal.Invalid, $"Completion '{CompletionId.Of(id, number.Value)}' was refused by moderation, and nothing goes on from it.", "metadata.parent");
    }

    private static ImmutableArray<ChatMessage> Cut(ImmutableArray<ChatMessage> messages, int added)
    {
        var kept = messages.TakeWhile(message => IsTools(message) || message.Role == "system").Count();
        var bytes = messages.Sum(Bytes);
        var cut = 0;
        while ((messages.Length - cut > MostMessages || bytes > MostBytes) && kept + cut < messages.Length - added)
        {
            bytes -= Bytes(messages[kept + cut++]);
        }

        // A result whose call has gone would say nothing.
        while (cut > 0 && kept + cut < messages.Length - added && messages[kept + cut].Role == "tool")
        {
            cut++;
        }

        return messages.RemoveRange(kept, cut);
    }

    private static bool IsTools(ChatMessage message) => message.Role == ChatMessage.Tools;

    private static long Bytes(ChatMessage message) => Encoding.UTF8.GetByteCount(message.Content) + Encoding.UTF8.GetByteCount(message.ToolCalls ?? "");
}
