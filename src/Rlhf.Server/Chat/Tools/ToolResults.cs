using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>Calls and results in a dialogue belong together: behind a message with calls come the results, one for each.</summary>
internal static class ToolResults
{
    /// <summary>Refuses a dialogue in which they don't, as OpenAI does.</summary>
    public static void Require(IReadOnlyList<RequestMessage> messages)
    {
        string[] calls = [];
        var unanswered = new List<string>();
        foreach (var (index, message) in messages.Index())
        {
            if (message.Role != "tool")
            {
                RequireNone(unanswered, index - 1);
                calls = [.. (message.ToolCalls ?? []).Select(call => call.Id)];
                RequireDistinct(calls, index);
                unanswered = [.. calls];
                continue;
            }

            var (path, id) = ($"messages[{index}]", message.ToolCallId);
            if (id is null)
            {
                throw Refuse.Invalid($"Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.", $"{path}.tool_call_id");
            }

            if (calls.Length == 0)
            {
                throw Refuse.Invalid("Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.", $"{path}.role");
            }

            if (!unanswered.Remove(id))
            {
                throw Refuse.Invalid(
                    calls.Contains(id)
                        ? $"'{path}.tool_call_id' is '{RequestText.Show(id)}', which another message answers already."
                        : $"'{path}.tool_call_id' is '{RequestText.Show(id)}', which no call of the preceding 'tool_calls' has; they are {string.Join(", ", calls.Select(RequestText.Show))}.",
                    $"{path}.tool_call_id");
            }
        }

        RequireNone(unanswered, messages.Count - 1);
    }

    private static void RequireDistinct(string[] calls, int index)
    {
        if (calls.GroupBy(id => id).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw Refuse.Invalid($"'messages[{index}].tool_calls' has the id '{RequestText.Show(twice.Key)}' twice; each call needs one of its own.", $"messages[{index}].tool_calls");
        }
    }

    private static void RequireNone(List<string> unanswered, int index)
    {
        if (unanswered.Count > 0)
        {
            throw Refuse.Invalid(
                $"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {string.Join(", ", unanswered.Select(RequestText.Show))}",
                $"messages[{index}].role");
        }
    }
}
