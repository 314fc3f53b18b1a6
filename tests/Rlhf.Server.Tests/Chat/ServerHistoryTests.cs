using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Chat;

/// <summary>Conversations whose dialogue the server keeps.</summary>
public sealed class ServerHistoryTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task A_conversation_is_opened_and_continued_with_the_new_message_alone()
    {
        var first = await Server.ChatAsync("A latte.", ("metadata", new { history = "server" }));
        var conversation = (string)first["conversation_id"]!;
        var second = await Server.ChatAsync("With oat milk.", ("metadata", new { history = "server", conversation_id = conversation }));
        var alone = await Server.ChatAsync("", ("messages", Dialogue("A latte.", Text(first), "With oat milk.")));
        Assert.Equal((Text(alone), (int)alone["usage"]!["prompt_tokens"]!), (Text(second), (int)second["usage"]!["prompt_tokens"]!));

        using var stream = await Server.AskAsync("And a tea.", ("stream", true), ("metadata", new { history = "server", conversation_id = conversation }));
        Assert.EndsWith("data: [DONE]\n\n", await stream.Content.ReadAsStringAsync());
        var turns = (await Server.GetAsync($"v1/conversations/{conversation}")).Body["turns"]!.AsArray();
        Assert.Equal([1, 3, 5], turns.Select(turn => turn!["messages"]!.AsArray().Count));
        Assert.Equal([null, (string?)first["id"], (string?)second["id"]], turns.Select(turn => (string?)turn!["parent"]));
    }

    [Fact]
    public async Task All_choices_of_a_request_go_on_from_the_same_reply()
    {
        var first = await Server.ChatAsync("A latte.", ("metadata", new { history = "server" }));
        var conversation = (string)first["conversation_id"]!;
        await Server.ChatAsync("With oat milk.", ("n", 4), ("metadata", new { history = "server", conversation_id = conversation }));
        var turns = (await Server.GetAsync($"v1/conversations/{conversation}")).Body["turns"]!.AsArray();
        Assert.Equal(5, turns.Count);
        Assert.All(turns.Skip(1), turn => Assert.Equal((string?)first["id"], (string?)turn!["parent"]));

        var opened = await Server.ChatAsync("A latte.", ("n", 3), ("metadata", new { history = "server" }));
        Assert.All((await Server.GetAsync($"v1/conversations/{opened["conversation_id"]}")).Body["turns"]!.AsArray(), turn => Assert.Single(turn!["messages"]!.AsArray()));
    }

    [Fact]
    public async Task A_reply_to_go_on_from_names_its_conversation()
    {
        var first = await Server.ChatAsync("A latte.", ("n", 2));
        var other = (string)first["choices"]![0]!["completion_id"]!;
        var next = await Server.ChatAsync("Thanks.", ("metadata", new { history = "server", parent = other }));
        Assert.Equal((string?)first["conversation_id"], (string?)next["conversation_id"]);
        var turns = (await Server.GetAsync($"v1/conversations/{first["conversation_id"]}")).Body["turns"]!.AsArray();
        Assert.Equal(other, (string?)turns[^1]!["parent"]);
    }

    [Theory]
    [InlineData("""{"history":"somewhere"}""", 400, "metadata.history", "client, server")]
    [InlineData("""{"parent":"chatcmpl-c-1"}""", 400, "metadata.parent", "metadata.history")]
    [InlineData("""{"history":"server","parent":"c-1"}""", 400, "metadata.parent", "id of a completion")]
    [InlineData("""{"history":"server","parent":"chatcmpl-c-1","conversation_id":"d"}""", 400, "metadata.parent", "'d'")]
    [InlineData("""{"history":"server","parent":"chatcmpl-nowhere-1"}""", 404, "metadata.parent", "chatcmpl-nowhere-1")]
    public async Task What_makes_no_sense_is_refused(string metadata, int status, string param, string says)
    {
        var (answered, body) = await Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("metadata", JsonNode.Parse(metadata)!)));
        Assert.Equal((status, param), (answered, (string?)body["error"]!["param"]));
        Assert.Contains(says, (string?)body["error"]!["message"]);
    }

    private static string Text(JsonNode completion) => (string)completion["choices"]![0]!["message"]!["content"]!;

    private static object Dialogue(params string[] texts) => texts.Select((text, i) => new { role = i % 2 == 0 ? "user" : "assistant", content = text });
}
