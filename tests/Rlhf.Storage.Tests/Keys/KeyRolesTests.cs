namespace Rlhf.Storage.Tests.Keys;

public sealed class KeyRolesTests
{
    [Theory]
    [InlineData("chat", "chat")]
    [InlineData("operate, chat", "chat,operate")]
    [InlineData("rate,watch,rate,operate,chat", "chat,rate,operate,watch")]
    public void Roles_are_read_in_any_order_and_written_in_one(string text, string written) =>
        Assert.Equal(written, KeyRolesText.Write(KeyRolesText.Read(text)!.Value));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("chat,")]
    [InlineData("Chat")]
    [InlineData("chat rate")]
    [InlineData("admin")]
    [InlineData("all")]
    public void What_is_no_role_is_none(string? text) => Assert.Null(KeyRolesText.Read(text));
}
