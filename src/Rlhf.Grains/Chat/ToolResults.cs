using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>Calls and results in a dialogue belong together: behind a message with calls come the results, one for each.</summary>
public static class ToolResults
{
    private const int MostShown = 64;

    /// <summary>Refuses a dialogue in which they don't, as OpenAI does.</summary>
    /// <param name="messages">The dialogue.</param>
    /// <param name="stored">How many of its messages the request did not bring; errors count the others from 0.</param>
    /// <exception cref="RefusedException">A call has no result, or a result no call.</exception>
    public static void Require(IReadOnlyList<ChatMessage> messages, int stored = 0)
    {
        string[] calls = [];
        var unanswered = new List<string>();
        foreach (var (place, message) in messages.Index())
        {
            var index = place - stored;
            if (message.Role != "tool")
            {
                RequireNone(unanswered, index - 1);
                calls = message.ToolCalls is null ? [] : [.. ToolCalls.Read(message.ToolCalls).Select(call => call.Id)];
                RequireDistinct(calls, index);
                unanswered = [.. calls];
                continue;
            }

            var (path, id) = ($"messages[{index}]", message.ToolCallId);
            if (id is null)
            {
                throw Invalid($"Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.", $"{path}.tool_call_id");
            }

            if (calls.Length == 0)
            {
                throw Invalid("Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.", $"{path}.role");
            }

            if (!unanswered.Remove(id))
            {
                throw Invalid(
                    calls.Contains(id)
                        ? $"'{path}.tool_call_id' is '{Shown(id)}', which another message answers already."
                        : $"'{path}.tool_call_id' is '{Shown(id)}', which no call of the preceding 'tool_calls' has; they are {string.Join(", ", calls.Select(Shown))}.",
                    $"{path}.tool_call_id");
            }
        }

        RequireNone(unanswered, messages.Count - 1 - stored);
    }

    private static void RequireDistinct(string[] calls, int index)
    {
        if (calls.GroupBy(id => id).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw Invalid($"'messages[{index}].tool_calls' has the id '{Shown(twice.Key)}' twice; each call needs one of its own.", $"messages[{index}].tool_calls");
        }
    }

    private static void RequireNone(List<string> unanswered, int index)
    {
        if (unanswered.Count > 0)
        {
            throw Invalid(
                $"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {string.Join(", ", unanswered.Select(Shown))}",
                index < 0 ? "messages" : $"messages[{index}].role");
        }
    }

    private static RefusedException Invalid(string message, string field) => new(Refusal.Invalid, message, field);

    private static string Shown(string id) => id.Length <= MostShown ? id : $"{id[..MostShown]}…";
}
