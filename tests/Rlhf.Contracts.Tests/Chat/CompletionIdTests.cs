namespace Rlhf.Contracts.Tests.Chat;

public sealed class CompletionIdTests
{
    [Theory]
    [InlineData("c1", 1, "chatcmpl-c1-1")]
    [InlineData("3f2b-6c-12", 7, "chatcmpl-3f2b-6c-12-7")]
    [InlineData("-", 12, "chatcmpl---12")]
    public void An_id_is_made_and_taken_apart(string conversation, int number, string id)
    {
        Assert.Equal(id, CompletionId.Of(conversation, number));
        Assert.True(CompletionId.TryParse(id, out var parsed, out var parsedNumber));
        Assert.Equal((conversation, number), (parsed, parsedNumber));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("chatcmpl-")]
    [InlineData("chatcmpl-7")]
    [InlineData("chatcmpl--7")]
    [InlineData("chatcmpl-c-")]
    [InlineData("chatcmpl-c-x")]
    [InlineData("chatcmpl-c-+1")]
    [InlineData("chatcmpl-c- 1")]
    [InlineData("chatcmpl-c-99999999999")]
    [InlineData("Chatcmpl-c-1")]
    [InlineData("cmpl-c-1")]
    public void What_is_no_id_is_refused(string? id) => Assert.False(CompletionId.TryParse(id, out _, out _));

    [Theory]
    [InlineData("chatcmpl-c-0")]
    [InlineData("chatcmpl-c-01")]
    public void A_turn_has_one_id_only(string id) => Assert.False(CompletionId.TryParse(id, out _, out _));
}
