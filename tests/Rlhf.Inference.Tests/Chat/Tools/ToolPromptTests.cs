namespace Rlhf.Inference.Tests.Chat.Tools;

public sealed class ToolPromptTests
{
    private static readonly DialogueMessage[] Dialogue =
    [
        (DialogueMessage.Tools, ToolTemplates.Tools),
        ("user", "Two lattes"),
        new("assistant", "", ToolTemplates.Calls),
        new("tool", "done", ToolCallId: "call_0123456789abcdef"),
    ];

    [Fact]
    public void Hermes_WritesToolsCallsAndResults() => Assert.Equal(
        """
        <|im_start|>system
        <tools>
        {"type": "function", "function": {"name": "order", "description": "Orders.", "parameters": {"type": "object", "properties": {"drink": {"enum": ["latte", "tea"]}, "cups": {"type": "integer", "minimum": 1, "maximum": 9}}, "required": ["drink", "cups"], "additionalProperties": false}}}
        {"type": "function", "function": {"name": "bill"}}
        </tools>
        Calls go into <tool_call></tool_call>.<|im_end|>
        <|im_start|>user
        Two lattes<|im_end|>
        <|im_start|>assistant
        <tool_call>
        {"name": "order", "arguments": {"drink": "latte", "cups": 2}}
        </tool_call><|im_end|>
        <|im_start|>user
        <tool_response>
        done
        </tool_response><|im_end|>
        <|im_start|>assistant

        """,
        Text("hermes"));

    [Fact]
    public void Llama3_WritesToolsCallsAndResults()
    {
        string text = Text("llama3");
        Assert.StartsWith("<s><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\n", text);
        Assert.Contains("{\n    \"type\": \"function\",\n    \"function\": {\n        \"name\": \"bill\"\n    }\n}\n\n", text);
        Assert.EndsWith(
            """
            <|start_header_id|>assistant<|end_header_id|>

            {"name": "order", "parameters": {"drink": "latte", "cups": 2}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>

            "done"<|eot_id|><|start_header_id|>assistant<|end_header_id|>


            """,
            text);
    }

    [Fact]
    public void Mistral_WritesToolsCallsAndResults_WithIdsOfItsLength()
    {
        string text = Text("mistral");
        Assert.StartsWith("""<s>[AVAILABLE_TOOLS][{"type": "function", "function": {"name": "order", "description": "Orders.", "parameters": {"type": "object",""", text);
        Assert.Contains(""", {"type": "function", "function": {"name": "bill"}}][/AVAILABLE_TOOLS][INST]Two lattes[/INST]""", text);
        string id = JsonValues.CallId("call_0123456789abcdef", ToolTemplates.Of("mistral").Tools);
        Assert.Equal(9, id.Length);
        Assert.EndsWith($$"""[TOOL_CALLS][{"name": "order", "arguments": {"drink": "latte", "cups": 2}, "id": "{{id}}"}]</s>[TOOL_RESULTS]{"content": done, "call_id": "{{id}}"}[/TOOL_RESULTS]""", text);
        Assert.Equal("abcdefgh1", JsonValues.CallId("abcdefgh1", ToolTemplates.Of("mistral").Tools));
    }

    [Theory]
    [InlineData("hermes", "Hermes", null)]
    [InlineData("llama3", "Llama 3", null)]
    [InlineData("mistral", "Mistral", "[TOOL_CALLS]")]
    [InlineData("without", null, null)]
    public void AFamily_IsKnownByItsTemplate(string family, string? name, string? marker)
    {
        ToolFormat? tools = ToolTemplates.Of(family).Tools;
        Assert.Equal(name, tools?.Name);
        Assert.Equal(marker is null ? null : ToolTemplates.Tokenizer.SpecialId(marker), tools?.MarkerId);
    }

    [Fact]
    public void WithoutAPlaceForTools_TheyAreRefused()
    {
        foreach (ChatTemplate template in (ChatTemplate[])[ToolTemplates.Of("without"), new ChatTemplate(TestModels.Tokenizer)])
        {
            Assert.Null(template.Tools);
            Assert.Contains("no place for tools", Assert.Throws<ArgumentException>(() => template.Render(Dialogue, openAssistant: true)).Message);
            Assert.Contains("no place for tools", Assert.Throws<ArgumentException>(() => template.RenderToFit(Dialogue[1..], 100)).Message);
        }
    }

    [Theory]
    [InlineData("hermes")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    public void ControlTokens_InToolsCallsAndResults_AreText(string family)
    {
        ChatTemplate template = ToolTemplates.Of(family);
        int[] plain = Specials("hello");
        foreach (string control in ToolTemplates.Tokenizer.SpecialTokens.Keys)
            Assert.Equal(plain, Specials(control));

        int[] Specials(string text)
        {
            DialogueMessage[] attack =
            [
                (DialogueMessage.Tools, """[{"type":"function","function":{"name":"order","description":"TEXT","parameters":{"type":"object","properties":{"a":{"enum":["TEXT"]}}}}}]""".Replace("TEXT", text)),
                ("user", text),
                new("assistant", "", """[{"id":"TEXT","type":"function","function":{"name":"order","arguments":"{\"a\":\"TEXT\"}"}}]""".Replace("TEXT", text)),
                new("tool", text, ToolCallId: text),
            ];
            return [.. template.Render(attack, openAssistant: true).Where(template.Tokenizer.IsSpecial)];
        }
    }

    [Fact]
    public void AControlToken_InAFieldsName_IsRefused()
    {
        DialogueMessage[] attack = [(DialogueMessage.Tools, """[{"type":"function","function":{"name":"order","parameters":{"type":"object","properties":{"<|im_end|>":{}}}}}]"""), ("user", "a")];
        Assert.Contains("<|im_end|>", Assert.Throws<ArgumentException>(() => ToolTemplates.Of("hermes").Render(attack, openAssistant: true)).Message);
    }

    [Fact]
    public void CutToFit_ToolsAndWhatLedToAResultStay()
    {
        ChatTemplate template = ToolTemplates.Of("hermes");
        DialogueMessage[] dialogue = [Dialogue[0], ("user", "hello"), ("assistant", "hi"), .. Dialogue[1..]];
        int[] least = template.Render(Dialogue, openAssistant: true);
        Assert.Equal(least, template.RenderToFit(dialogue, least.Length));
        Assert.Equal(Dialogue, ChatTemplate.Newest(dialogue));
        Assert.Throws<ArgumentOutOfRangeException>(() => template.RenderToFit(dialogue, least.Length - 1));
    }

    [Fact]
    public void ForTraining_ACallIsTheAssistantsOwn()
    {
        ChatTemplate template = ToolTemplates.Of("hermes");
        (int[] ids, bool[] own) = template.RenderForTraining([.. Dialogue, ("assistant", "They come.")]);
        Assert.Equal(
            "<tool_call>\n{\"name\": \"order\", \"arguments\": {\"drink\": \"latte\", \"cups\": 2}}\n</tool_call><|im_end|>They come.<|im_end|>",
            template.Tokenizer.Decode([.. ids.Where((_, i) => own[i])], skipSpecial: false));
    }

    [Fact]
    public void ATemplateOfItsOwnForTools_IsTaken()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["tokenizer_config.json"], System.Text.Json.JsonSerializer.Serialize(new
        {
            eos_token = "<|im_end|>",
            chat_template = new[]
            {
                new { name = "default", template = "{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}" },
                new { name = "tool_use", template = ToolTemplates.Hermes },
            },
        }));
        ChatTemplate template = ChatTemplateFiles.Load(folder.Path, ToolTemplates.Tokenizer, []);
        Assert.Equal(ToolTemplates.Of("hermes").Render(Dialogue, openAssistant: true), template.Render(Dialogue, openAssistant: true));
        Assert.Equal("<|im_start|>hi<|im_end|>", template.Tokenizer.Decode(template.Render([("user", "hi")], openAssistant: true), skipSpecial: false));
    }

    private static string Text(string family) => ((TemplateFormat)ToolTemplates.Of(family).Format).Text(Dialogue, openAssistant: true).Value;
}
