using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Rlhf.Server.Verify;

namespace Rlhf.Server.Tests;

public sealed class VerifyTests : IDisposable
{
    private readonly Storage.Tests.TemporaryFolder _folder = new();

    [Fact]
    public async Task What_a_server_keeps_is_looked_through_beside_it_and_damage_is_told_and_set_aside()
    {
        await using (var server = await RunningServer.StartAsync(_folder.Path))
        {
            for (var i = 0; i < 3; i++)
            {
                await server.ThumbAsync((string)(await server.ChatAsync("A latte."))["id"]!, up: true, "ann");
            }

            var (code, said) = await VerifyAsync();
            Assert.Equal(0, code);
            Assert.Contains("3 events of the ledger hold", said);
            Assert.Contains("nothing is damaged", said);
        }

        using (var database = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "rlhf.db")};Pooling=false"))
        {
            database.Open();
            using var damage = database.CreateCommand();
            damage.CommandText = "UPDATE feedback SET content = CAST('{' AS BLOB) WHERE sequence = 2";
            Assert.Equal(1, damage.ExecuteNonQuery());
        }

        var (broken, json) = await VerifyAsync("--json");
        Assert.Equal(1, broken);
        Assert.Equal(1, (int)JsonNode.Parse(json)!["events"]!);
        Assert.Contains("Entry 2", json);

        await using var again = await RunningServer.StartAsync(_folder.Path);
        await again.ThumbAsync((string)(await again.ChatAsync("A tea."))["id"]!, up: false, "bob");
        var (status, _) = await again.PostAsync("v1/learner/train", new { });
        Assert.Equal(409, status); // there isn't enough to learn from, and no damage in the way of saying so
    }

    [Fact]
    public async Task Where_there_is_nothing_to_look_through_it_says_so()
    {
        var error = new StringWriter();
        Assert.Equal(1, await VerifyCommand.RunAsync(["--data", _folder.Path], TextWriter.Null, error));
        Assert.Contains("There is no database in", error.ToString());
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int Code, string Output)> VerifyAsync(params string[] more)
    {
        var output = new StringWriter();
        var code = await VerifyCommand.RunAsync(["--data", _folder.Path, .. more], output, TextWriter.Null);
        return (code, output.ToString());
    }
}
