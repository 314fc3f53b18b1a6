using Rlhf.Cli.Import;

namespace Rlhf.Cli.Tests.Import;

public sealed class RecordedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"id":"a","messages":[{"role":"user","content":"hi"}],"completion":"hello","thumbs":"up"}""", "hi", "hello", "up", null)]
    [InlineData("""{"prompt":[{"role":"user","content":"hi"}],"completion":[{"role":"assistant","content":"hello"}],"label":false}""", "hi", "hello", "down", null)]
    [InlineData("""{"prompt":"hi","completion":"hello","label":true}""", "hi", "hello", "up", null)]
    [InlineData("""{"prompt":[{"role":"user","content":"hi"}],"chosen":[{"role":"assistant","content":"hello"}],"rejected":[{"role":"assistant","content":"what"}]}""", "hi", "hello", null, "what")]
    [InlineData("""{"chosen":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}],"rejected":[{"role":"user","content":"hi"},{"role":"assistant","content":"what"}]}""", "hi", "hello", null, "what")]
    [InlineData("""{"chosen":"\n\nHuman: hi\n\nAssistant: hello","rejected":"\n\nHuman: hi\n\nAssistant: what"}""", "hi", "hello", null, "what")]
    [InlineData("""{"chosen":"\n\nHuman: hi\n\nAssistant: well?\n\nHuman: say\n\nAssistant: hello","rejected":"\n\nHuman: hi\n\nAssistant: well?\n\nHuman: say\n\nAssistant: what"}""", "hi|well?|say", "hello", null, "what")]
    [InlineData("""{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}""", "be kind|hi", "hello", null, null)]
    public void Each_shape_is_told_by_its_fields(string line, string prompt, string completion, string? thumbs, string? rejected)
    {
        var read = Assert.Single(Read(line));

        Assert.Null(read.Error);
        Assert.Equal((prompt, completion, thumbs, rejected), (string.Join('|', read.Thumb!.Messages.Select(message => message.Content)), read.Thumb.Completion, read.Thumb.Thumbs, read.Thumb.Rejected));
        Assert.Equal(thumbs is null && rejected is null, read.Thumb.Demonstration is true);
    }

    [Theory]
    [InlineData("broken", "no recorded feedback")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{}", "none of the shapes")]
    [InlineData("""{"prompt":"hi","completion":"hello","label":"yes"}""", "true or false")]
    [InlineData("""{"chosen":"\n\nHuman: hi\n\nAssistant: hello","rejected":"\n\nHuman: ho\n\nAssistant: what"}""", "differ before their last")]
    [InlineData("""{"prompt":"hi","chosen":"same","rejected":"same"}""", "one reply as the chosen and the rejected")]
    [InlineData("""{"prompt":"hi","chosen":"","rejected":"same"}""", "empty reply")]
    [InlineData("""{"prompt":3,"chosen":"a","rejected":"b"}""", "neither a text nor a list")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "no single message of the assistant")]
    [InlineData("""{"messages":[]}""", "no messages")]
    [InlineData("""{"messages":[{"role":"king","content":"hi"}]}""", "king")]
    [InlineData("""{"messages":[{"role":"assistant","content":null,"tool_calls":[{}]}]}""", "tool_calls")]
    [InlineData("""{"messages":[7]}""", "role ''")]
    [InlineData("""{"prompt":"\ud83d","chosen":"a","rejected":"b"}""", "surrogate")]
    public void A_bad_line_is_told_and_the_rest_is_read(string line, string said)
    {
        var read = Read(line, """{"prompt":"hi","completion":"hello","label":true}""");

        Assert.Contains(said, read[0].Error);
        Assert.Equal((1, 2), (read[0].Number, read[1].Number));
        Assert.NotNull(read[1].Thumb);
    }

    [Fact]
    public void A_line_without_an_id_has_the_same_one_every_time_and_dialogues_that_begin_alike_are_one_group()
    {
        string[] lines = ["""{"prompt":"hi","completion":"hello","label":true}""", """{"prompt":"hi","completion":"hello","label":true}""", """{"prompt":"hi","completion":"what","label":false}"""];

        var (first, second) = (Read(lines), Read(lines));

        Assert.Equal(first.Select(line => line.Thumb!.Id), second.Select(line => line.Thumb!.Id));
        Assert.Equal(3, first.Select(line => line.Thumb!.Id).Distinct().Count());
        Assert.Single(first.Select(line => line.Thumb!.Group).Distinct());
    }

    private List<Rlhf.Cli.Thumbs.ThumbsLine> Read(params string[] lines)
    {
        File.WriteAllLines(_folder["feedback.jsonl"], lines);
        return [.. RecordedFile.Read(_folder["feedback.jsonl"])];
    }
}
