namespace Rlhf.Inference;

/// <summary>
/// How a family of models writes calls of tools: <see cref="Opening"/>, the calls with <see cref="Between"/> between them, <see cref="Closing"/>; each call is
/// <see cref="BeforeName"/>, the name, <see cref="BeforeArguments"/>, the arguments as JSON, and <see cref="AfterArguments"/>.
/// </summary>
public sealed record ToolFormat
{
    private const string MistralMarker = "[TOOL_CALLS]";

    private ToolFormat()
    {
    }

    /// <summary>The family.</summary>
    public required string Name { get; init; }

    /// <summary>The text with which a call begins: from it on a reply is no text any more.</summary>
    public required string Marker { get; init; }

    /// <summary>Whether <see cref="Marker"/> begins a call only where it begins the reply.</summary>
    public bool AtStart { get; init; }

    /// <summary>The special token that the marker is in this vocabulary; null where it is written as text.</summary>
    public int? MarkerId { get; init; }

    /// <summary>What is in front of the first call.</summary>
    public string Opening { get; init; } = "";

    /// <summary>What is in front of a call's name.</summary>
    public required string BeforeName { get; init; }

    /// <summary>What is between a call's name and its arguments.</summary>
    public required string BeforeArguments { get; init; }

    /// <summary>What is behind a call's arguments.</summary>
    public required string AfterArguments { get; init; }

    /// <summary>What is between calls; null where a reply makes one at most.</summary>
    public string? Between { get; init; }

    /// <summary>What is behind the last call.</summary>
    public string Closing { get; init; } = "";

    /// <summary>How long the id of a call has to be in a prompt; null where any will do.</summary>
    public int? IdLength { get; init; }

    /// <summary>The replies that may call tools in this format.</summary>
    /// <exception cref="SchemaException">The schema of a tool's arguments can't be drawn from; its path begins with the tool's place in the list.</exception>
    public ReplyFormat Replies(ToolUse use) => ToolGrammar.Of(this, use);

    /// <summary>The format that a chat template writes calls in; null where it is none of those known.</summary>
    internal static ToolFormat? Of(string template, Tokenizer tokenizer)
    {
        if (template.Contains(MistralMarker, StringComparison.Ordinal))
        {
            // From version 11 on Mistral writes a call as name[ARGS]{…}.
            return template.Contains("[ARGS]", StringComparison.Ordinal) ? null : new ToolFormat
            {
                Name = "Mistral",
                Marker = MistralMarker,
                MarkerId = tokenizer.SpecialId(MistralMarker),
                Opening = template.Contains(MistralMarker + " [", StringComparison.Ordinal) ? MistralMarker + " [" : MistralMarker + "[",
                BeforeName = "{\"name\": \"",
                BeforeArguments = "\", \"arguments\": ",
                AfterArguments = "}",
                Between = ", ",
                Closing = "]",
                IdLength = 9,
            };
        }

        if (template.Contains("<tool_call>", StringComparison.Ordinal))
        {
            return new ToolFormat
            {
                Name = "Hermes",
                Marker = "<tool_call>",
                MarkerId = tokenizer.SpecialId("<tool_call>"),
                BeforeName = "<tool_call>\n{\"name\": \"",
                BeforeArguments = "\", \"arguments\": ",
                AfterArguments = "}\n</tool_call>",
                Between = "\n",
            };
        }

        return !template.Contains("\"parameters\": ", StringComparison.Ordinal) ? null : new ToolFormat
        {
            Name = "Llama 3",
            Marker = "{\"name\": \"",
            AtStart = true,
            BeforeName = "{\"name\": \"",
            BeforeArguments = "\", \"parameters\": ",
            AfterArguments = "}",
        };
    }
}
