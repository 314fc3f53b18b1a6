namespace Rlhf.Server.Tests.Chat;

public sealed class DraftRequestTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("metadata.draft", "blind")]
    [InlineData("metadata.draft", "versions", "store", false)]
    [InlineData("metadata.draft", "auto", "store", false)]
    [InlineData("metadata.draft", "versions", "model", "demo:base")]
    [InlineData("n", "versions", "n", 1)]
    [InlineData("n", "auto", "n", 2)]
    [InlineData("n", "versions", "n", 9)]
    [InlineData("best_of", "auto", "best_of", 5)]
    public async Task What_makes_no_sense_as_drafts_is_refused_by_its_field(string param, string draft, string? field = null, object? value = null)
    {
        var (status, body) = await fixture.Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", [("metadata", new { draft }), .. field is null ? [] : ((string, object)[])[(field, value!)]]));
        Assert.Equal((400, param), (status, (string?)body["error"]!["param"]));
    }
}
