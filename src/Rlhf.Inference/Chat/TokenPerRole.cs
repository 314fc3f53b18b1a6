namespace Rlhf.Inference;

/// <summary>The format of models made here: each message is its role's token, its text and the end token, nothing between.</summary>
internal sealed class TokenPerRole : ChatFormat
{
    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<string, int> _roleIds;

    /// <exception cref="InvalidDataException">The vocabulary lacks one of the special tokens.</exception>
    public TokenPerRole(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        EndId = Id(ChatTemplate.End);
        _roleIds = Roles.ToDictionary(role => role, role => Id($"<|{role}|>"));

        int Id(string content) => tokenizer.SpecialId(content)
            ?? throw new InvalidDataException($"The tokenizer lacks the special token '{content}'; a chat model needs {string.Join(", ", ChatTemplate.Specials)}.");
    }

    public override int EndId { get; }

    public override int[] Render(IReadOnlyList<(string Role, string Content)> messages, bool openAssistant)
    {
        var ids = new List<int>();
        foreach ((string role, string content) in messages)
            ids.AddRange(Message(role, content));
        if (openAssistant)
            ids.Add(_roleIds["assistant"]);
        return [.. ids];
    }

    public override (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<(string Role, string Content)> messages)
    {
        var ids = new List<int>();
        var own = new List<bool>();
        foreach ((string role, string content) in messages)
        {
            int[] message = Message(role, content);
            ids.AddRange(message);
            own.Add(false);
            own.AddRange(Enumerable.Repeat(role == "assistant", message.Length - 1));
        }

        return ([.. ids], [.. own]);
    }

    public override int[] RenderToFit(IReadOnlyList<(string Role, string Content)> messages, int maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 3);
        int[][] rendered = [.. messages.Select(message => Message(message.Role, message.Content))];
        int[] system = messages.Count > 1 && messages[0].Role == "system" && rendered[0].Length <= maxTokens / 2 ? rendered[0] : [];
        int room = maxTokens - 1 - system.Length;
        var kept = new List<int[]>();
        int oldest = system.Length > 0 ? 1 : 0;
        for (int i = rendered.Length - 1; i >= oldest && room > 0; i--)
        {
            int[] message = rendered[i];
            if (message.Length > room)
            {
                if (kept.Count == 0)
                    kept.Add([message[0], .. message[^(room - 1)..]]);
                break;
            }

            kept.Add(message);
            room -= message.Length;
        }

        kept.Reverse();
        return [.. system, .. kept.SelectMany(message => message), _roleIds["assistant"]];
    }

    private int[] Message(string role, string content) =>
        _roleIds.TryGetValue(role, out int opening) ? [opening, .. _tokenizer.Encode(content), EndId] : throw UnknownRole(role);
}
