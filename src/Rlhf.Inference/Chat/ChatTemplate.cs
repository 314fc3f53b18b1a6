namespace Rlhf.Inference;

/// <summary>
/// Conversations as the model reads them: in the format of models made here, each message its role's token, its text and
/// <c>&lt;|end|&gt;</c>, or in that of a model folder's own <c>chat_template</c>. A message's text is never searched for special tokens, so
/// no user can open a turn that is not theirs.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>Ends a message and a reply in the format of models made here; pads, too.</summary>
    public const string End = "<|end|>";

    /// <summary>Opens the operator's instructions.</summary>
    public const string System = "<|system|>";

    /// <summary>Opens a user's message.</summary>
    public const string User = "<|user|>";

    /// <summary>Opens the model's reply.</summary>
    public const string Assistant = "<|assistant|>";

    /// <summary>Opens a tool's result.</summary>
    public const string Tool = "<|tool|>";

    /// <summary>The format of models made here in the template language of Hugging Face's tools.</summary>
    public const string Jinja =
        "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    /// <summary>
    /// What a model without any <c>chat_template</c> reads, such as a base model before its fine-tuning: <c>User: …</c> and
    /// <c>Assistant: …</c> with a blank line between, and the end-of-text token behind each reply.
    /// </summary>
    public const string PlainJinja =
        "{% for message in messages %}{{ message['role'] | capitalize }}: {{ message['content'] | trim }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

    /// <summary>What is wrong with a conversation with tools where <see cref="Tools"/> is null.</summary>
    public const string NoTools =
        "This model's chat template has no place for tools: leave out 'tools' and messages with 'tool_calls', or ask a model whose template writes calls as Hermes and Qwen, Llama 3 or Mistral do.";

    private readonly ChatFormat _format;

    /// <summary>Roles that a message may have.</summary>
    public static IReadOnlyList<string> Roles => ChatFormat.Roles;

    /// <summary>Binds the format of models made here to a vocabulary.</summary>
    /// <exception cref="InvalidDataException">The vocabulary lacks one of the special tokens.</exception>
    public ChatTemplate(Tokenizer tokenizer)
        : this(tokenizer, new TokenPerRole(tokenizer), null)
    {
    }

    internal ChatTemplate(Tokenizer tokenizer, ChatFormat format, string? configJson)
    {
        Tokenizer = tokenizer;
        ConfigJson = configJson;
        _format = format;
    }

    /// <summary>The special tokens of the format of models made here, in the order of their ids in a vocabulary of ours.</summary>
    public static IReadOnlyList<string> Specials { get; } = [End, System, User, Assistant, Tool];

    /// <summary>The vocabulary.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The id of the token that ends a reply; pads, too.</summary>
    public int EndId => _format.EndId;

    /// <summary>The tokenizer_config.json of a model that came with one of its own.</summary>
    internal string? ConfigJson { get; }

    internal ChatFormat Format => _format;

    /// <summary>How this model calls tools; null where its template has no place for them.</summary>
    public ToolFormat? Tools => _format.Tools;

    /// <summary>A conversation's ids.</summary>
    /// <param name="messages">Role (system, user, assistant or tool) and text of each message.</param>
    /// <param name="openAssistant">Whether a reply is opened at the end.</param>
    /// <exception cref="ArgumentException">A role is none of the four, or the model's template refuses the conversation.</exception>
    public int[] Render(IReadOnlyList<DialogueMessage> messages, bool openAssistant) => _format.Render(Checked(messages), openAssistant);

    /// <summary>A conversation's ids, and for each whether it is the assistant's own: its text and its end, not what opens it.</summary>
    /// <exception cref="ArgumentException">A role is none of the four, or the model's template refuses the conversation.</exception>
    public (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<DialogueMessage> messages) => _format.RenderForTraining(Checked(messages));

    /// <summary>
    /// A conversation's ids with a reply opened, in at most <paramref name="maxTokens"/>: the oldest messages go first, then the oldest
    /// that is left loses the start of its text. A system message at the start stays while it takes no more than half of the room. Tools stay, and so does
    /// what led to a tool's result.
    /// </summary>
    /// <exception cref="ArgumentException">A role is none of the four, or the model's template refuses the conversation.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for even an empty message.</exception>
    public int[] RenderToFit(IReadOnlyList<DialogueMessage> messages, int maxTokens) => _format.RenderToFit(Checked(messages), maxTokens);

    /// <summary>What of a conversation always has to be read: the tools, and the newest message with what it is nothing without.</summary>
    public static IReadOnlyList<DialogueMessage> Newest(IReadOnlyList<DialogueMessage> messages) =>
        [.. messages.Take(ChatFormat.ToolsLength(messages)), .. messages.Skip(ChatFormat.NewestStart(messages))];

    private IReadOnlyList<DialogueMessage> Checked(IReadOnlyList<DialogueMessage> messages) =>
        Tools is null && UseTools(messages) ? throw new ArgumentException(NoTools) : messages;

    /// <summary>Whether a conversation shows tools, or calls of them.</summary>
    public static bool UseTools(IReadOnlyList<DialogueMessage> messages) => messages.Any(message => message.Role == DialogueMessage.Tools || message.ToolCalls is not null);
}
