using System.Text.Json.Nodes;
using Rlhf.Server.Backups;
using Rlhf.Server.Reproduce;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios.Reproduction;

/// <summary>Versions are trained again from their manifests.</summary>
public sealed class ReproduceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Versions_are_trained_again_to_the_bit_until_something_of_them_is_erased()
    {
        var (data, copy) = (Path.Combine(_folder.Path, "data"), Path.Combine(_folder.Path, "copy"));
        await using (var server = await RunningServer.StartAsync(data, [.. TinyTraining.Thorough, "--Feedback:Annotators:0=somebody"]))
        {
            foreach (var job in (string[])["job-1", "job-2"])
            {
                await TinyLearning.PressAsync(server.Client, 160);
                await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { });
                var last = (await TinyLearning.EndOfAsync(server.Client, job))["last_job"]!;
                Assert.True((string?)last["outcome"] is "published" or "rejected", last.ToJsonString());
            }

            var (status, manifest) = await server.GetAsync("v1/versions/v2/manifest");
            Assert.Equal(200, status);
            Assert.Equal(("v2", "v1"), ((string?)manifest["version"], (string?)manifest["parent"]));
            Assert.NotNull((string?)manifest["parent_adapter"]);
            Assert.Equal(320, manifest["feedback"]!.AsArray().Count);
            Assert.Contains(manifest["feedback"]!.AsArray(), said => (string?)said!["uses"]![0] == "held_out");
            Assert.Contains(manifest["prompts"]!.AsArray(), prompt => (bool)prompt!["held_out"]!);
            Assert.All((string[])["Question", "conversation-", "\"ann\"", "somebody"], words => Assert.DoesNotContain(words, manifest.ToJsonString()));
            Assert.Equal(404, (await server.GetAsync("v1/versions/base/manifest")).Status);
            Assert.Equal(404, (await server.GetAsync("v1/versions/no%20name/manifest")).Status);

            Assert.Equal((0, $"v2: the same adapter to the bit, SHA-256 {manifest["adapter"]}\n"), await ReproduceAsync("v2", data)); // beside the server
            Assert.Equal(0, await BackupCommand.BackUpAsync(["--data", data, "--to", copy], TextWriter.Null, TextWriter.Null));

            using var _ = await server.Client.DeleteAsync("v1/conversations/conversation-7");
            var (gone, error) = await ReproduceAsync("v1", data);
            Assert.Equal(1, gone);
            Assert.Contains("are gone or changed", error);
        }

        var (code, json) = await ReproduceAsync("v1", copy, "--json");
        Assert.True(code == 0, json);
        Assert.True((bool)JsonNode.Parse(json)!["same"]!);
    }

    [Fact]
    public async Task What_can_not_be_trained_again_is_told_in_one_line()
    {
        await using (await RunningServer.StartAsync(_folder.Path))
        {
        }

        var (code, error) = await ReproduceAsync("v1", _folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("'v1' has no manifest", error);
        Assert.Equal(1, (await ReproduceAsync("no name", _folder.Path)).Code);
        Assert.Contains("no database", (await ReproduceAsync("v1", Path.Combine(_folder.Path, "nowhere"))).Said);
    }

    /// <summary>Its exit code, and what it says: on the output where it comes to a result, else the error.</summary>
    private static async Task<(int Code, string Said)> ReproduceAsync(string version, string data, params string[] more)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await ReproduceCommand.RunAsync([version, "--data", data, "--model", TinyModel.Folder, .. more], output, error);
        return (code, output.ToString() is { Length: > 0 } said ? said : error.ToString());
    }
}
