using Rlhf.Cli.Import;

namespace Rlhf.Cli.Tests.Import;

public sealed class OpenWebUiFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_rating_is_a_thumb_on_the_reply_that_it_names_with_the_path_to_it()
    {
        var thumb = Assert.Single(Read($"[{Feedback()}]")).Thumb!;
        Assert.Equal(("open-webui/f-1", "chat-1", "down", "ann", "Here."), (thumb.Id, thumb.Group, thumb.Thumbs, thumb.Rater, thumb.Completion));
        Assert.Equal([("user", "A latte."), ("assistant", "Large?"), ("user", "Yes.")], thumb.Messages.Select(message => (message.Role, message.Content)));
    }

    [Theory]
    [InlineData("\"rating\":-1", "\"rating\":\"1\"", "up")]
    [InlineData("\"rating\":-1", "\"rating\":1", "up")]
    public void A_rating_may_be_a_text(string from, string to, string thumbs) => Assert.Equal(thumbs, Assert.Single(Read($"[{Feedback().Replace(from, to)}]")).Thumb!.Thumbs);

    [Theory]
    [InlineData("\"id\":\"f-1\",", "", "no id")]
    [InlineData("\"rating\":-1", "\"rating\":5", "rating 5")]
    [InlineData("\"rating\":-1", "\"rating\":null", "rating null")]
    [InlineData("\"rating\":-1,", "", "rating of nothing")]
    [InlineData("\"message_id\":\"m-4\"", "\"message_id\":\"m-9\"", "m-9 is missing")]
    [InlineData("\"message_id\":\"m-4\"", "\"message_id\":\"m-3\"", "no reply")]
    [InlineData("\"message_id\":\"m-4\"", "\"message_id\":7", "names no message")]
    [InlineData("\"parentId\":null", "\"parentId\":\"m-4\"", "comes after itself")]
    [InlineData("\"role\":\"user\"", "\"role\":\"wizard\"", "wizard")]
    [InlineData("\"history\"", "\"past\"", "snapshot")]
    public void What_cannot_be_read_is_told_and_the_rest_goes_in(string from, string to, string error)
    {
        var lines = Read($"[{Feedback().Replace(from, to)},{Feedback()}]");
        Assert.Contains(error, lines[0].Error);
        Assert.Equal((1, 2, true), (lines[0].Number, lines[1].Number, lines[1].Thumb is not null));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("not JSON")]
    public void What_is_no_list_is_refused(string text) => Assert.Contains("Open WebUI", Assert.Throws<CommandException>(() => Read(text)).Message);

    public void Dispose() => _folder.Dispose();

    private static string Feedback() => """
        {"id":"f-1","user_id":"ann","type":"rating","data":{"rating":-1,"model_id":"a","sibling_model_ids":["b"],"reason":"too_short"},"meta":{"arena":true,"chat_id":"chat-1","message_id":"m-4"},
         "snapshot":{"chat":{"id":"chat-1","chat":{"history":{"currentId":"m-4","messages":{
           "m-1":{"id":"m-1","parentId":null,"role":"user","content":"A latte."},
           "m-2":{"id":"m-2","parentId":"m-1","role":"assistant","content":"Large?"},
           "m-3":{"id":"m-3","parentId":"m-2","role":"user","content":[{"type":"text","text":"Yes."},{"type":"image_url"}]},
           "m-4":{"id":"m-4","parentId":"m-3","role":"assistant","content":"Here."},
           "m-5":{"id":"m-5","parentId":"m-3","role":"assistant","content":"There."}}}}}}}
        """;

    private IReadOnlyList<Rlhf.Cli.Thumbs.ThumbsLine> Read(string text)
    {
        var file = _folder["feedback.json"];
        File.WriteAllText(file, text);
        return OpenWebUiFile.Read(file);
    }
}
