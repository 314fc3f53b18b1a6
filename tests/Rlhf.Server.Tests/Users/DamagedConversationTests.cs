using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Users;

/// <summary>A damaged conversation is nobody else's trouble.</summary>
public sealed class DamagedConversationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Its_user_gets_an_error_in_place_of_a_part_of_the_file()
    {
        await using var server = await DamagedAsync();
        using var export = await server.Client.GetAsync("v1/users/ann");
        Assert.Equal((500, "application/problem+json"), ((int)export.StatusCode, export.Content.Headers.ContentType?.MediaType));
        Assert.Contains("conversation/second", (string?)JsonNode.Parse(await export.Content.ReadAsStringAsync())!["detail"]);
        Assert.Null(export.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task Raters_are_asked_about_the_others()
    {
        await using var server = await DamagedAsync();
        var (status, queue) = await server.GetAsync("v1/queue?rater=judge");
        Assert.Equal(200, status);
        Assert.Equal(["first", "others"], queue["data"]!.AsArray().Select(item => (string)item!["messages"]![0]!["content"]!).Order());
    }

    [Fact]
    public async Task It_is_erased_with_all_else_of_its_user()
    {
        await using var server = await DamagedAsync();
        using var erased = await server.Client.DeleteAsync("v1/users/ann");
        var gone = JsonNode.Parse(await erased.Content.ReadAsStringAsync())!;
        Assert.Equal((200, 2, 2, 1), ((int)erased.StatusCode, (int?)gone["conversations"], (int?)gone["turns"], (int?)gone["feedback"]));
        Assert.Equal(200, (await server.GetAsync("v1/users/ann")).Status);
        Assert.Equal(404, (await server.GetAsync("v1/conversations/second")).Status);
    }

    [Fact]
    public async Task What_can_not_be_erased_in_one_conversation_is_told_when_all_else_is_gone()
    {
        await SpeakAsync();
        Execute("CREATE TRIGGER fails BEFORE DELETE ON turns WHEN OLD.conversation = 'second' BEGIN SELECT RAISE(ABORT, 'this page is bad'); END");
        await using var server = await RunningServer.StartAsync(_folder.Path);

        using var refused = await server.Client.DeleteAsync("v1/users/ann");
        Assert.False(refused.IsSuccessStatusCode);
        Assert.Contains("in 1 conversation could not be erased; all else is.", await refused.Content.ReadAsStringAsync());
        Assert.Equal(404, (await server.GetAsync("v1/conversations/first")).Status);
        Assert.Empty((await server.GetAsync("v1/conversations/others")).Body["turns"]![0]!["thumbs"]!.AsArray());

        Execute("DROP TRIGGER fails");
        using var erased = await server.Client.DeleteAsync("v1/users/ann");
        Assert.Equal(200, (int)erased.StatusCode);
        Assert.Equal(404, (await server.GetAsync("v1/conversations/second")).Status);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Ann has two conversations, of which the newer one is read first, and judges another one.</summary>
    private async Task SpeakAsync()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        foreach (var id in new[] { "first", "second" })
        {
            await server.ChatAsync(id, ("user", "ann"), ("metadata", new { conversation_id = id }));
        }

        await server.ThumbAsync((string)(await server.ChatAsync("others", ("metadata", new { conversation_id = "others" })))["id"]!, up: true, "ann");
    }

    private async Task<RunningServer> DamagedAsync()
    {
        await SpeakAsync();
        Execute("UPDATE grain_state SET content = '{\"nonsense' WHERE grain = 'conversation/second'");
        return await RunningServer.StartAsync(_folder.Path);
    }

    private void Execute(string sql)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "rlhf.db")};Pooling=false");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
