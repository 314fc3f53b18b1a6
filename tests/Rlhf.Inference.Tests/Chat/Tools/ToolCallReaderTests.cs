namespace Rlhf.Inference.Tests.Chat.Tools;

public sealed class ToolCallReaderTests
{
    public static TheoryData<string, string, string, string> Replies => new()
    {
        { "hermes", "Just text.", "Just text.", "" },
        { "hermes", "a < b, <tool and <tool_", "a < b, <tool and <tool_", "" },
        { "hermes", "<tool_call>\n{\"name\": \"bill\", \"arguments\": {}}\n</tool_call>", "", "bill({})" },
        { "hermes", "One moment. \n<tool_call>\n{\"name\": \"order\", \"arguments\": {\"a\":\"}\\\"{\"}}\n</tool_call>", "One moment.", "order({\"a\":\"}\\\"{\"})" },
        { "hermes", "<tool_call>\n{\"name\": \"a\", \"arguments\": {\"b\":[{}]}}\n</tool_call>\n<tool_call>\n{\"name\": \"c\", \"arguments\": {}}\n</tool_call>", "", "a({\"b\":[{}]})c({})" },
        { "hermes", "<tool_call>\n{\"name\": \"a\", \"arguments\": {\"b\":1", "", "a({\"b\":1)" },
        { "hermes", "Cut <tool_call>\n{\"na", "Cut <tool_call>\n{\"na", "" },
        { "hermes", "<tool_call> is how a call begins.", "<tool_call> is how a call begins.", "" },
        { "mistral", "[TOOL_CALLS][{\"name\": \"a\", \"arguments\": {}}, {\"name\": \"b\", \"arguments\": {\"c\": null}}]", "", "a({})b({\"c\": null})" },
        { "mistral", "[TOOL_CALLS] is a token.", "[TOOL_CALLS] is a token.", "" },
        { "llama3", "{\"name\": \"a\", \"parameters\": {\"b\": 1}}", "", "a({\"b\": 1})" },
        { "llama3", "See {\"name\": \"a\", \"parameters\": {}}", "See {\"name\": \"a\", \"parameters\": {}}", "" },
        { "llama3", "{\"nam", "{\"nam", "" },
        { "llama3", "{\"total\": 3}", "{\"total\": 3}", "" },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public void AReply_IsReadTheSame_HoweverItIsCut(string family, string reply, string said, string calls)
    {
        ToolFormat format = ToolTemplates.Of(family).Tools!;
        for (int size = 1; size <= reply.Length; size++)
        {
            var reader = new ToolCallReader(format);
            var pieces = new List<ToolCallPiece>();
            string text = "";
            foreach (char[] part in reply.Chunk(size))
                Take(reader.Append(new string(part)));
            Take(reader.Finish());
            Assert.Equal(said, text);
            Assert.Equal(calls, string.Concat(pieces.GroupBy(piece => piece.Index).Select(call => $"{call.First().Name}({string.Concat(call.Select(piece => piece.Arguments))})")));
            Assert.All(pieces.GroupBy(piece => piece.Index), call => Assert.Equal([true, .. Enumerable.Repeat(false, call.Count() - 1)], call.Select(piece => piece.Name is not null)));
            Assert.Equal(pieces.Select(piece => piece.Index).Distinct().Count(), reader.Calls);

            void Take((string Said, IReadOnlyList<ToolCallPiece> Calls) read)
            {
                text += read.Said;
                pieces.AddRange(read.Calls);
            }
        }
    }

    [Theory]
    [InlineData("hermes", "<to")]
    [InlineData("hermes", "<tool_call>\n{\"na")]
    [InlineData("mistral", "[TOOL_CALLS]")]
    [InlineData("llama3", "{\"nam")]
    public void TheCutBeginningOfACall_IsNoText_WhereACallIsRequired(string family, string reply)
    {
        var reader = new ToolCallReader(ToolTemplates.Of(family).Tools!, required: true);
        Assert.Equal("", reader.Append(reply).Said);
        Assert.Equal("", reader.Finish().Said);
        Assert.Equal(0, reader.Calls);
    }

    [Fact]
    public void Text_IsGivenAsSoonAsItIsCertain()
    {
        var reader = new ToolCallReader(ToolTemplates.Of("hermes").Tools!);
        Assert.Equal("a", reader.Append("a <").Said);
        Assert.Equal(" <b", reader.Append("b").Said);
        Assert.Equal("", reader.Append("<tool_call>\n{\"name\": \"x\", \"arguments\": ").Said);
        Assert.Equal(1, reader.Calls);
        Assert.Equal([new ToolCallPiece(0, null, "{\"y\"")], reader.Append("{\"y\"").Calls);
    }
}
