using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>
/// Conversations as the model reads them: each message is its role's token, its text and <c>&lt;|end|&gt;</c>, nothing between. A
/// message's text is never searched for special tokens, so no user can open a turn that is not theirs.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>Ends a message and a reply; pads, too.</summary>
    public const string End = "<|end|>";

    /// <summary>Opens the operator's instructions.</summary>
    public const string System = "<|system|>";

    /// <summary>Opens a user's message.</summary>
    public const string User = "<|user|>";

    /// <summary>Opens the model's reply.</summary>
    public const string Assistant = "<|assistant|>";

    /// <summary>Opens a tool's result.</summary>
    public const string Tool = "<|tool|>";

    /// <summary>The same as <see cref="Render"/> in the template language of Hugging Face's tools.</summary>
    public const string Jinja =
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<string, int> _roleIds = [];

    /// <summary>Binds the template to a vocabulary.</summary>
    /// <exception cref="InvalidDataException">The vocabulary lacks one of the special tokens.</exception>
    public ChatTemplate(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        EndId = Id(End);
        AssistantId = Id(Assistant);
        _roleIds.Add("system", Id(System));
        _roleIds.Add("user", Id(User));
        _roleIds.Add("assistant", AssistantId);
        _roleIds.Add("tool", Id(Tool));

        int Id(string content) => tokenizer.SpecialId(content)
            ?? throw new InvalidDataException($"The tokenizer lacks the special token '{content}'; a chat model needs {string.Join(", ", Specials)}.");
    }

    /// <summary>The special tokens a chat model needs, in the order of their ids in a vocabulary of ours.</summary>
    public static IReadOnlyList<string> Specials { get; } = [End, System, User, Assistant, Tool];

    /// <summary>The id of <see cref="End"/>.</summary>
    public int EndId { get; }

    /// <summary>The id of <see cref="Assistant"/>.</summary>
    public int AssistantId { get; }

    /// <summary>A conversation's ids.</summary>
    /// <param name="messages">Role (system, user, assistant or tool) and text of each message.</param>
    /// <param name="openAssistant">Whether a reply is opened at the end.</param>
    /// <exception cref="ArgumentException">A role is none of the four.</exception>
    public int[] Render(IReadOnlyList<(string Role, string Content)> messages, bool openAssistant)
    {
        var ids = new List<int>();
        foreach ((string role, string content) in messages)
            ids.AddRange(Message(role, content));
        if (openAssistant)
            ids.Add(AssistantId);
        return [.. ids];
    }

    /// <summary>A conversation's ids, and for each whether it is the assistant's own: its text and its end, not the token that opens it.</summary>
    /// <exception cref="ArgumentException">A role is none of the four.</exception>
    public (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<(string Role, string Content)> messages)
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

    /// <summary>
    /// A conversation's ids with a reply opened, in at most <paramref name="maxTokens"/>: the oldest messages go first, then the oldest
    /// that is left loses the start of its text. A system message at the start stays while it takes no more than half of the room.
    /// </summary>
    /// <exception cref="ArgumentException">A role is none of the four.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for even an empty message.</exception>
    public int[] RenderToFit(IReadOnlyList<(string Role, string Content)> messages, int maxTokens)
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
        return [.. system, .. kept.SelectMany(message => message), AssistantId];
    }

    /// <summary>Writes a <c>tokenizer_config.json</c> with the template in Jinja, for other tools.</summary>
    internal void Save(string path, ModelConfig config)
    {
        var json = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["add_prefix_space"] = false,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = config.ContextLength,
            ["eos_token"] = End,
            ["pad_token"] = End,
            ["additional_special_tokens"] = new JsonArray(System, User, Assistant, Tool),
            ["chat_template"] = Jinja,
        };
        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
    }

    /// <summary>Refuses a folder whose chats are written in another way than this class writes them.</summary>
    internal static void CheckUnderstood(string path)
    {
        JsonFields fields = JsonFields.Parse(File.ReadAllText(path), path);
        if (fields.Has("chat_template"))
            fields.Expect("chat_template", Jinja);
    }

    private int[] Message(string role, string content)
    {
        if (!_roleIds.TryGetValue(role, out int opening))
            throw new ArgumentException($"The role '{role}' is not known; roles are {string.Join(", ", _roleIds.Keys)}.");
        return [opening, .. _tokenizer.Encode(content), EndId];
    }
}
