using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Tests.Data;

public sealed class DialogueReaderTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Reads_messages_in_their_order()
    {
        File.WriteAllText(_file, """
            {"id": "train/1", "services": ["x"], "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}

            {"id": "2", "messages": []}
            {"id": "dev/3", "messages": [{"role": "assistant", "content": "how can I help?"}]}
            """);

        var read = DialogueReader.Read(_file).ToArray();

        Assert.Equal(["train/1", "dev/3"], read.Select(dialogue => dialogue.Id));
        Assert.Equal<DialogueMessage>([("user", "hi"), ("assistant", "hello")], read[0].Messages);
        Assert.False(read[0].HeldOut);
        Assert.True(read[1].HeldOut);
    }

    [Theory]
    [InlineData("{\"id\": \"1\"", "JSON")]
    [InlineData("{\"messages\": []}", "'id'")]
    [InlineData("{\"id\": \"1\", \"messages\": [{\"role\": \"robot\", \"content\": \"\"}]}", "'robot'")]
    public void A_broken_line_is_named(string line, string wrong)
    {
        File.WriteAllText(_file, "{\"id\": \"1\", \"messages\": []}\n" + line);

        var error = Assert.Throws<InvalidDataException>(() => DialogueReader.Read(_file).ToArray());

        Assert.Contains("line 2", error.Message);
        Assert.Contains(wrong, error.Message);
    }

    [Fact]
    public void About_one_in_twenty_is_held_out_where_ids_name_no_split()
    {
        var heldOut = Enumerable.Range(0, 10_000).Count(i => new Dialogue($"dlg-{i}", []).HeldOut);
        Assert.InRange(heldOut, 400, 600);
    }

    public void Dispose() => File.Delete(_file);
}
