using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Server.Keys.Command;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Keys;

/// <summary>Keys that stand in the configuration, which may be a file that changes.</summary>
public sealed class ConfiguredKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_change_of_the_configuration_revokes_a_key_and_a_senseless_one_changes_nothing()
    {
        await using var server = await RunningServer.StartAsync(
            _folder.Path, "--Keys:Refresh=00:00:00.020", "--Keys:Configured:0:Client=app", $"--Keys:Configured:0:Sha256={HashOf("first")}");
        Assert.Equal(200, await StatusAsync(server, "first"));

        Change(server, HashOf("second"));
        await KeyedServer.Until(async () => await StatusAsync(server, "second") == 200);
        Assert.Equal(401, await StatusAsync(server, "first"));

        Change(server, "no hash at all");
        var made = new StringWriter();
        await KeysCommand.RunAsync(["add", "another", "--data", _folder.Path], made, TextWriter.Null, TimeProvider.System);
        await KeyedServer.Until(async () => await StatusAsync(server, made.ToString().Split('\n')[0]) == 200); // which is looked for after the change
        Assert.Equal(200, await StatusAsync(server, "second"));
    }

    public void Dispose() => _folder.Dispose();

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static void Change(RunningServer server, string hash) =>
        ((IConfigurationBuilder)server.Services.GetRequiredService<IConfiguration>()).AddInMemoryCollection([new("Keys:Configured:0:Sha256", hash)]);

    private static async Task<int> StatusAsync(RunningServer server, string key)
    {
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return await KeyedServer.StatusAsync(server.Client);
    }
}
