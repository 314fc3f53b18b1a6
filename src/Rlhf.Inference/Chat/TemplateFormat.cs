using Rlhf.Inference.Jinja;

namespace Rlhf.Inference;

/// <summary>The format of a model that brings a <c>chat_template</c>.</summary>
internal sealed class TemplateFormat : ChatFormat
{
    private readonly Tokenizer _tokenizer;
    private readonly JinjaTemplate _template;
    private readonly JinjaTemplate _withTools;
    private readonly IReadOnlyDictionary<string, string> _names;
    private readonly int[] _before;

    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="source">The template in Jinja.</param>
    /// <param name="names">What the template finds under names such as <c>eos_token</c>.</param>
    /// <param name="before">Ids in front of every conversation that the template does not write.</param>
    /// <param name="otherwiseEnds">The token that ends a reply where the template writes none.</param>
    /// <param name="toolSource">The template of conversations with tools, where that is another one.</param>
    /// <exception cref="InvalidDataException">The template is not understood, or nothing ends a reply.</exception>
    public TemplateFormat(Tokenizer tokenizer, string source, IReadOnlyDictionary<string, string> names, int[] before, int? otherwiseEnds, string? toolSource = null)
    {
        _tokenizer = tokenizer;
        _names = names;
        _before = before;
        try
        {
            _template = new JinjaTemplate(source);
            _withTools = toolSource is null ? _template : new JinjaTemplate(toolSource);
            // What a template cannot do shows when it is used: better now than with a user's first message.
            JinjaText sample = Run([("user", "a"), ("assistant", "b")], openAssistant: false);
            Run([("user", "a")], openAssistant: true);
            int[] ids = Encode(sample);
            int replyEnd = sample.Marks.Where(mark => mark.Source == 1).Select(mark => mark.End).LastOrDefault(sample.Length);
            EndId = ids.Skip(CommonLength(ids, Encode(sample.Slice(0, replyEnd)))).Where(tokenizer.IsSpecial).Select(id => (int?)id).FirstOrDefault() ?? otherwiseEnds
                ?? throw new InvalidDataException("nothing ends a reply: the template writes no special token behind it, and no eos_token is known");
            Tools = ToolFormat.Of(toolSource ?? source, tokenizer) is { } format && ShowsTools() ? format : null;
        }
        catch (JinjaException e)
        {
            throw new InvalidDataException($"the template is not understood: {e.Message}", e);
        }
    }

    public override int EndId { get; }

    public override ToolFormat? Tools { get; }

    public override int[] Render(IReadOnlyList<DialogueMessage> messages, bool openAssistant) => Encode(Text(messages, openAssistant));

    /// <summary>A conversation as the template writes it; the stretches that are the messages' own are marked with their place.</summary>
    /// <exception cref="ArgumentException">A role is not known, or the template refuses the conversation.</exception>
    public JinjaText Text(IReadOnlyList<DialogueMessage> messages, bool openAssistant)
    {
        foreach (DialogueMessage message in messages.Skip(ToolsLength(messages)))
        {
            if (!Roles.Contains(message.Role))
                throw UnknownRole(message.Role);
        }

        try
        {
            return Run(messages, openAssistant);
        }
        catch (JinjaException e)
        {
            throw new ArgumentException($"The model's chat template refuses this conversation: {e.Message}", e);
        }
    }

    public override (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<DialogueMessage> messages)
    {
        JinjaText text = Text(messages, openAssistant: false);
        int[] ids = Encode(text);
        var own = new bool[ids.Length];
        for (int message = 0; message < messages.Count; message++)
        {
            Mark[] marks = [.. text.Marks.Where(mark => mark.Source == message)];
            if (messages[message].Role != "assistant" || marks.Length == 0)
                continue;
            int from = ReplyStart(messages, message, text.Slice(0, marks[0].Start), ids);
            int behind = CommonLength(ids, Encode(text.Slice(0, marks[^1].End)));
            int end = Array.IndexOf(ids, EndId, behind);
            int next = text.Marks.Where(mark => mark.Source > message).Select(mark => mark.Start).FirstOrDefault(text.Length);
            bool ends = end >= 0 && end < Encode(text.Slice(0, next)).Length;
            Array.Fill(own, true, from, (ends ? end + 1 : behind) - from);
        }

        return (ids, own);
    }

    public override int[] RenderToFit(IReadOnlyList<DialogueMessage> messages, int maxTokens)
    {
        int[] whole = Render(messages, openAssistant: true);
        if (whole.Length <= maxTokens)
            return whole;
        int tools = ToolsLength(messages);
        bool instructed = messages.Count > tools + 1 && messages[tools].Role == "system" && _tokenizer.Encode(messages[tools].Content).Length <= maxTokens / 2;
        DialogueMessage[] head = [.. messages.Take(instructed ? tools + 1 : tools)];
        int newest = NewestStart(messages);
        // Templates want a user first, so old messages go by whole turns.
        int[] starts = [.. Enumerable.Range(1, messages.Count - 1).Where(i => messages[i].Role == "user" && i < newest), newest];
        int low = 0;
        int high = starts.Length - 1;
        int[]? best = null;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int[] ids = Render([.. head, .. messages.Skip(starts[middle])], openAssistant: true);
            if (ids.Length <= maxTokens)
            {
                best = ids;
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }

        return best ?? (newest < messages.Count - 1 ? null : CutNewest(head, messages[^1], maxTokens) ?? CutNewest([.. messages.Take(tools)], messages[^1], maxTokens))
            ?? throw new ArgumentOutOfRangeException(nameof(maxTokens), maxTokens, "There is no room for even an empty message.");
    }

    // Where the prompt ends that the reply was asked for with. A token over the edge belongs to the reply: the model writes it. Some
    // templates write old replies in another way than they ask for new ones; there a reply starts with its text.
    private int ReplyStart(IReadOnlyList<DialogueMessage> messages, int reply, JinjaText before, int[] ids)
    {
        if (reply > 0)
        {
            int[] prompt = Render([.. messages.Take(reply)], openAssistant: true);
            int common = CommonLength(ids, prompt);
            if (common >= prompt.Length - 1)
                return common;
        }

        return CommonLength(ids, Encode(before));
    }

    // The newest message alone, without as much of its start as must go.
    private int[]? CutNewest(DialogueMessage[] head, DialogueMessage newest, int maxTokens)
    {
        int low = 0;
        int high = newest.Content.Length;
        int[]? best = null;
        while (low <= high)
        {
            int kept = (low + high) / 2;
            int start = newest.Content.Length - kept;
            if (start > 0 && start < newest.Content.Length && char.IsLowSurrogate(newest.Content[start]))
                start++;
            int[] ids = Render([.. head, newest with { Content = newest.Content[start..] }], openAssistant: true);
            if (ids.Length <= maxTokens)
            {
                best = ids;
                low = kept + 1;
            }
            else
            {
                high = kept - 1;
            }
        }

        return best;
    }

    private JinjaText Run(IReadOnlyList<DialogueMessage> messages, bool openAssistant)
    {
        int tools = ToolsLength(messages);
        var values = new JsonValues(_tokenizer);
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = messages.Index().Skip(tools).Select(message => (object?)Variable(message.Item, message.Index, values)).ToList(),
            ["tools"] = tools == 0 ? null : values.Read(messages[0].Content, source: 0),
            ["add_generation_prompt"] = openAssistant,
        };
        foreach ((string name, string value) in _names)
            variables[name] = new JinjaText(value);
        return (tools == 0 ? _template : _withTools).Render(variables);
    }

    // Templates ask whether a message has these fields, so that one without calls must not have them.
    private Dictionary<string, object?> Variable(DialogueMessage message, int source, JsonValues values)
    {
        var fields = new Dictionary<string, object?>
        {
            ["role"] = new JinjaText(message.Role),
            ["content"] = JinjaText.From(message.Content, source),
        };
        if (message.ToolCalls is { } calls)
            fields["tool_calls"] = values.ReadCalls(calls, source, Tools);
        if (message.ToolCallId is { } id)
            fields["tool_call_id"] = JinjaText.From(JsonValues.CallId(id, Tools), source);
        return fields;
    }

    private bool ShowsTools()
    {
        const string Name = "probe_of_tools";
        const string Probe = """[{"type":"function","function":{"name":"probe_of_tools","description":"","parameters":{"type":"object","properties":{}}}}]""";
        try
        {
            return Run([(DialogueMessage.Tools, Probe), ("user", "a")], openAssistant: true)
                .Value.Contains(Name, StringComparison.Ordinal);
        }
        catch (JinjaException)
        {
            return false;
        }
    }

    private int[] Encode(JinjaText text) => [.. _before, .. _tokenizer.Encode(text.Value, [.. text.Marks.Select(mark => new TextRange(mark.Start, mark.End))])];

    private static int CommonLength(int[] a, int[] b) => a.AsSpan().CommonPrefixLength(b);
}
