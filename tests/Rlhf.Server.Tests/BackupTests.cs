using System.Text.Json.Nodes;
using Rlhf.Server.Backups;

namespace Rlhf.Server.Tests;

public sealed class BackupTests : IDisposable
{
    private readonly Storage.Tests.TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    private string Backup => Path.Combine(_folder.Path, "backup");

    private string Restored => Path.Combine(_folder.Path, "restored");

    [Fact]
    public async Task A_backup_made_beside_a_server_is_served_by_another_one()
    {
        string id;
        await using (var server = await RunningServer.StartAsync(Data))
        {
            var reply = await server.ChatAsync("A latte.");
            id = (string)reply["id"]!;
            await server.ThumbAsync(id, up: true, "ann");
            var (code, said) = await RunAsync(BackupCommand.BackUpAsync, "--to", Backup, "--data", Data, "--json");
            Assert.Equal(0, code);
            Assert.Equal(1, (int)JsonNode.Parse(said)!["events"]!);
            await server.ThumbAsync(id, up: false, "bob"); // after the backup, so that it isn't in it
        }

        var (restored, told) = await RunAsync(BackupCommand.RestoreAsync, "--from", Backup, "--data", Restored);
        Assert.Equal(0, restored);
        Assert.StartsWith("1 events of the ledger and all else", told);
        await using var again = await RunningServer.StartAsync(Restored);
        var conversation = await again.GetAsync($"v1/conversations/{id["chatcmpl-".Length..id.LastIndexOf('-')]}");
        Assert.Equal(200, conversation.Status);
        Assert.Contains("ann", conversation.Body.ToJsonString());
        Assert.DoesNotContain("bob", conversation.Body.ToJsonString());
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_in_one_line()
    {
        Assert.Equal((1, ""), await RunAsync(BackupCommand.BackUpAsync, "--to", Backup, "--data", Data));
        Assert.Equal((2, ""), await RunAsync(BackupCommand.BackUpAsync, "--data", Data));
        var error = new StringWriter();
        Assert.Equal(1, await BackupCommand.RestoreAsync(["--from", Backup, "--data", Data], TextWriter.Null, error));
        Assert.Equal($"There is no finished backup in {Backup}: it has no backup.json.{Environment.NewLine}", error.ToString());
        Assert.False(Directory.Exists(Data));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output)> RunAsync(Func<string[], TextWriter, TextWriter, CancellationToken, Task<int>> command, params string[] words)
    {
        var output = new StringWriter();
        return (await command(words, output, TextWriter.Null, default), output.ToString());
    }
}
