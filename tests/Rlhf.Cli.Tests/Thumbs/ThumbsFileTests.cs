using System.IO.Compression;
using Rlhf.Cli.Thumbs;

namespace Rlhf.Cli.Tests.Thumbs;

public sealed class ThumbsFileTests : IDisposable
{
    private const string Good = """{"id": "a", "group": "g", "messages": [{"role": "user", "content": "hi"}], "completion": "hello", "kind": "text", "thumbs": "up"}""";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_good_line_keeps_everything_the_ledger_needs()
    {
        var (number, thumb, error) = ThumbsFile.Parse(7, Good);

        Assert.Equal(7, number);
        Assert.Null(error);
        Assert.Equal(("a", "g", "hello", "up"), (thumb!.Id, thumb.Group, thumb.Completion, thumb.Thumbs));
        Assert.Equal([("user", "hi")], thumb.Messages.Select(m => (m.Role, m.Content)));
    }

    [Theory]
    [InlineData("garbage", "is no recorded thumb")]
    [InlineData("[]", "is no recorded thumb")]
    [InlineData("null", "says null")]
    [InlineData("{}", "has no id")]
    [InlineData("""{"id":""}""", "has no id")]
    [InlineData("""{"id":1}""", "is no recorded thumb")]
    [InlineData("""{"id":"a"}""", "has no messages")]
    [InlineData("""{"id":"a","messages":[{"role":"user","content":"x"}]}""", "has no completion")]
    [InlineData("""{"id":"a","messages":[{"role":"user","content":"x"}],"completion":"y"}""", "it must be up or down")]
    [InlineData("""{"id":"a","messages":[{"role":"user","content":"x"}],"completion":"y","thumbs":"sideways"}""", "'sideways'")]
    [InlineData("""{"id":"a","messages":[{"role":"king","content":"x"}],"completion":"y","thumbs":"up"}""", "'king'")]
    [InlineData("""{"id":"a","messages":[{"role":"user"}],"completion":"y","thumbs":"up"}""", "without content")]
    [InlineData("""{"id":"a","messages":[null],"completion":"y","thumbs":"up"}""", "null")]
    public void A_bad_line_says_what_is_wrong(string line, string said)
    {
        var (number, thumb, error) = ThumbsFile.Parse(3, line);

        Assert.Equal(3, number);
        Assert.Null(thumb);
        Assert.Contains(said, error);
    }

    [Fact]
    public void A_reply_that_opens_its_conversation_has_no_messages_before_it()
    {
        var (_, thumb, error) = ThumbsFile.Parse(1, """{"id":"a","messages":[],"completion":"Welcome!","thumbs":"down"}""");

        Assert.Null(error);
        Assert.Empty(thumb!.Messages);
    }

    [Fact]
    public void Bad_lines_keep_their_numbers_and_the_rest_is_read()
    {
        File.WriteAllText(_folder["thumbs.jsonl"], $"{Good}\n\nbroken\n{Good.Replace("\"a\"", "\"b\"")}");

        var lines = ThumbsFile.Read(_folder["thumbs.jsonl"]).ToArray();

        Assert.Equal([1, 3, 4], lines.Select(l => l.Number));
        Assert.Equal(["a", null, "b"], lines.Select(l => l.Thumb?.Id));
    }

    [Fact]
    public void A_gzipped_file_reads_like_a_plain_one()
    {
        using (var gzip = new StreamWriter(new GZipStream(File.Create(_folder["thumbs.jsonl.gz"]), CompressionLevel.Fastest)))
        {
            gzip.Write($"{Good}\nbroken\n");
        }

        Assert.Equal([null, "is"], ThumbsFile.Read(_folder["thumbs.jsonl.gz"]).Select(l => l.Error?[..2]));
    }

    [Fact]
    public void A_file_that_is_no_gzip_in_spite_of_its_name_is_named()
    {
        File.WriteAllText(_folder["thumbs.jsonl.gz"], Good);

        var error = Assert.Throws<CommandException>(() => ThumbsFile.Read(_folder["thumbs.jsonl.gz"]).ToArray());

        Assert.Contains("thumbs.jsonl.gz", error.Message);
    }

    public void Dispose() => _folder.Dispose();
}
