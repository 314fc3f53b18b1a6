using System.Text;
using System.Text.Json;
using Rlhf.Inference.Tests.Constraints;

namespace Rlhf.Inference.Tests.Chat.Tools;

/// <summary>Replies of random weights, which know nothing of any form: whatever holds, holds by what may be drawn.</summary>
public sealed class ToolGrammarTests
{
    private const string Order = """{"type":"object","properties":{"drink":{"enum":["latte","tea"]},"cups":{"type":"integer","minimum":1,"maximum":9}},"required":["drink","cups"],"additionalProperties":false}""";
    private static readonly BaseModel Model = Random();

    public static TheoryData<string> Families => new("hermes", "llama3", "mistral");

    [Theory]
    [MemberData(nameof(Families))]
    public async Task WhereACallIsRequired_EveryReplyIsCallsThatValidate(string family)
    {
        foreach (Reply reply in await DrawAsync(family, new ToolUse(ToolTemplates.Tools, Required: true), 24))
        {
            Assert.Equal("", reply.Said);
            Assert.NotEmpty(reply.Calls);
            Assert.All(reply.Calls, call => Assert.True(call.Name == "bill" ? call.Arguments == "{}" : call.Name == "order" && PlainValidator.Holds(Order, call.Arguments), reply.Text));
            if (family == "llama3")
                Assert.Single(reply.Calls);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task ANamedFunction_IsTheOnlyOne_AndOneCallIsOneCall(string family)
    {
        foreach (Reply reply in await DrawAsync(family, new ToolUse(ToolTemplates.Tools, Required: true, Function: "order", Parallel: false), 12))
        {
            Assert.Equal("order", Assert.Single(reply.Calls).Name);
            Assert.Equal(FinishReason.Stop, reply.Finish);
        }
    }

    [Fact]
    public async Task SeveralCalls_MayBeMade_WhereTheyMay()
    {
        Assert.Contains(await DrawAsync("hermes", new ToolUse(ToolTemplates.Tools, Required: true), 24), reply => reply.Calls.Count > 1);
        Assert.Contains(await DrawAsync("mistral", new ToolUse(ToolTemplates.Tools, Required: true), 24), reply => reply.Calls.Count > 1);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WhereNoneIsRequired_TheReplyIsFree_UntilTheMarker(string family)
    {
        ToolFormat format = ToolTemplates.Of(family).Tools!;
        ConstrainedReply reply = Begin(format, new ToolUse(ToolTemplates.Tools));
        if (!format.AtStart)
            Accept(reply, "Sure <tool, [TOOL_CALLS, {\"name\": ");
        Assert.All(Enumerable.Range(0, Model.Tokenizer.VocabularySize), id => Assert.True(Allows(reply, id)));
        Mark(reply, format);
        Assert.False(Allows(reply, Model.Config.EosTokenIds[0]));
        Accept(reply, (format.Opening + format.BeforeName)[format.Marker.Length..] + "order" + format.BeforeArguments + """{"drink":"tea","cups":3}""" + format.AfterArguments + format.Closing);
        Assert.True(reply.IsComplete || Allows(reply, Model.Config.EosTokenIds[0]));
        Assert.False(Allows(reply, Model.Tokenizer.Encode("x")[0]));
    }

    [Fact]
    public void AMarkersText_WhereTheMarkerIsAToken_IsText()
    {
        ConstrainedReply reply = Begin(ToolTemplates.Of("mistral").Tools!, new ToolUse(ToolTemplates.Tools));
        Accept(reply, "[TOOL_CALLS] and so on");
    }

    [Fact]
    public void BesideAFormat_TheReplyIsACallOrHoldsToIt()
    {
        var use = new ToolUse(ToolTemplates.Tools, Otherwise: """{"type":"object","properties":{"total":{"type":"integer"}},"required":["total"]}""");
        Accept(Begin(ToolTemplates.Of("hermes").Tools!, use), "{\"total\":3}");
        Accept(Begin(ToolTemplates.Of("hermes").Tools!, use), "<tool_call>\n{\"name\": \"bill\", \"arguments\": {}}\n</tool_call>");
        Assert.False(Allows(Begin(ToolTemplates.Of("hermes").Tools!, use), Model.Tokenizer.Encode("S")[0]));
    }

    [Fact]
    public void AKeywordThatArgumentsCannotBeHeldTo_IsNamedWithItsTool()
    {
        const string Tools = """[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b","parameters":{"type":"object","properties":{"c":{"not":{}}}}}}]""";
        SchemaException wrong = Assert.Throws<SchemaException>(() => ToolTemplates.Of("hermes").Tools!.Replies(new ToolUse(Tools)));
        Assert.Equal("tools[1].function.parameters.properties.c.not", wrong.Path);
    }

    private static ConstrainedReply Begin(ToolFormat format, ToolUse use) => new Rlhf.Inference.Constraints(Model).Begin(format.Replies(use));

    private static void Mark(ConstrainedReply reply, ToolFormat format)
    {
        if (format.MarkerId is { } id)
            reply.Accept(id);
        else
            Accept(reply, format.Marker);
    }

    private static void Accept(ConstrainedReply reply, string text)
    {
        foreach (int id in Model.Tokenizer.Encode(text))
        {
            Assert.True(Allows(reply, id), $"'{Model.Tokenizer.Decode([id])}' of '{text}' may not come.");
            reply.Accept(id);
        }
    }

    private static bool Allows(ConstrainedReply reply, int id) => (reply.Allowed(10_000)[id >> 6] >> (id & 63) & 1) != 0;

    private static async Task<IReadOnlyList<Reply>> DrawAsync(string family, ToolUse use, int count)
    {
        ToolFormat format = ToolTemplates.Of(family).Tools!;
        using var engine = new DecodeEngine(Model, new DecodeOptions { Threads = 2 });
        engine.Load("base", adapter: null);
        Generation[] drawn = await Task.WhenAll(Enumerable.Range(0, count).Select(i => engine.CompleteAsync(new GenerationRequest
        {
            Version = "base",
            Prompt = [1, 2, 3 + i],
            MaxTokens = 400,
            Format = format.Replies(use),
            Sampling = new SamplingOptions { Seed = (ulong)i, Temperature = 1 },
        })));
        return [.. drawn.Select(reply => Read(reply, format))];
    }

    private static Reply Read(Generation drawn, ToolFormat format)
    {
        var text = new TextStream(Model.Tokenizer, shown: format.MarkerId);
        var whole = new StringBuilder();
        foreach (int id in drawn.Tokens)
            whole.Append(text.Append(id));
        whole.Append(text.Finish());
        var reader = new ToolCallReader(format);
        (string said, IReadOnlyList<ToolCallPiece> pieces) = reader.Append(whole.ToString());
        (string rest, IReadOnlyList<ToolCallPiece> last) = reader.Finish();
        // A reply that was cut short has an unfinished call.
        IEnumerable<ToolCallPiece> all = pieces.Concat(last);
        return new Reply(
            whole.ToString(),
            said + rest,
            [.. all.GroupBy(piece => piece.Index).Select(call => (call.First().Name!, string.Concat(call.Select(piece => piece.Arguments)))).Where(call => IsWhole(call.Item2))],
            drawn.Finish);
    }

    private static bool IsWhole(string json)
    {
        try
        {
            JsonDocument.Parse(json).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static BaseModel Random()
    {
        ModelConfig config = TestModels.Config with { VocabularySize = ToolTemplates.Tokenizer.VocabularySize, ContextLength = 512, EosTokenIds = [0] };
        return new BaseModel(config, ToolTemplates.Tokenizer, ModelWeights.Random(config, 1, 0.2f), ToolTemplates.Of("hermes"));
    }

    private sealed record Reply(string Text, string Said, IReadOnlyList<(string Name, string Arguments)> Calls, FinishReason Finish);
}
