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

    public override int[] Render(IReadOnlyList<DialogueMessage> messages, bool openAssistant)
    {
        var ids = new List<int>();
        foreach (DialogueMessage message in messages)
            ids.AddRange(Ids(message));
        if (openAssistant)
            ids.Add(_roleIds["assistant"]);
        return [.. ids];
    }

    public override (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<DialogueMessage> messages)
    {
        var ids = new List<int>();
        var own = new List<bool>();
        foreach (DialogueMessage message in messages)
        {
            int[] rendered = Ids(message);
            ids.AddRange(rendered);
            own.Add(false);
            own.AddRange(Enumerable.Repeat(message.Role == "assistant", rendered.Length - 1));
        }

        return ([.. ids], [.. own]);
    }

    public override int[] RenderToFit(IReadOnlyList<DialogueMessage> messages, int maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 3);
        int[][] rendered = [.. messages.Select(Ids)];
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

    private int[] Ids(DialogueMessage message) =>
        _roleIds.TryGetValue(message.Role, out int opening) ? [opening, .. _tokenizer.Encode(message.Content), EndId] : throw UnknownRole(message.Role);
}
