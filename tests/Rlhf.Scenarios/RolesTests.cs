using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>Processes of one role each, which are a cluster on one Azurite: only the one that learns has libtorch.</summary>
public sealed class RolesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _name = $"roles{Guid.NewGuid():N}"[..20];

    [AzuriteFact]
    public async Task Processes_that_answer_and_serve_load_no_libtorch_and_refuse_the_best_of_several_while_nobody_learns()
    {
        await using var serving = await StartAsync("serving");
        await using var api = await StartAsync("api");
        await ChatAsync(api, "A latte.");
        await ChatAsync(api, "A tea.", ("temperature", 1), ("n", 2));

        using var refused = await api.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("temperature", 1), ("best_of", 3)));
        Assert.Equal(400, (int)refused.StatusCode); // the base has no reward model, which everybody knows

        Assert.Empty(TorchOf(api));
        Assert.Empty(TorchOf(serving));
    }

    [AzuriteFact]
    public async Task The_best_of_several_replies_is_scored_by_the_process_that_learns_and_refused_as_not_available_once_it_is_gone()
    {
        await using var learner = await StartAsync("learner", TinyTraining.Thorough);
        await using var serving = await StartAsync("serving");
        await using var api = await StartAsync("api");
        await TinyLearning.PressAsync(api.Client, 160);
        await TinyLearning.PostAsync(api.Client, "v1/learner/train", new { });
        var last = (await TinyLearning.EndOfAsync(api.Client, "job-1"))["last_job"]!;
        Assert.True("published" == (string?)last["outcome"], last.ToJsonString());

        var chosen = await ChatAsync(api, "A latte.", ("model", "demo:v1"), ("temperature", 1), ("best_of", 3));
        Assert.Equal(("v1", 3), ((string?)chosen["model_version"], (int)chosen["usage"]!["completion_tokens_details"]!["drawn_replies"]!));
        Assert.NotEmpty(TorchOf(learner));
        Assert.Empty(TorchOf(api));
        Assert.Empty(TorchOf(serving));

        Assert.Equal(0, await learner.StopAsync());
        using var refused = await api.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("model", "demo:v1"), ("temperature", 1), ("best_of", 3)));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((503, "server_unavailable", "best_of"), ((int)refused.StatusCode, (string?)error["code"], (string?)error["param"]));
        Assert.Contains("role learner", (string?)error["message"]);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        await ChatAsync(api, "A latte.");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The files of libtorch that a process has in its memory.</summary>
    private static IEnumerable<string> TorchOf(ServerProcess server) =>
        File.ReadLines($"/proc/{server.Process.Id}/maps").Where(line => line.Contains("libtorch", StringComparison.OrdinalIgnoreCase));

    private static Task<JsonNode> ChatAsync(ServerProcess server, string text, params (string, object)[] more) =>
        TinyLearning.PostAsync(server.Client, "v1/chat/completions", RunningServer.Ask(text, more));

    private async Task<ServerProcess> StartAsync(string role, params string[] settings)
    {
        string[] ports = role == "api" ? [] :
            ["--Clustering:AdvertisedAddress=127.0.0.1", "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0"];
        var server = await ServerProcess.StartAsync(
            Path.Combine(_folder.Path, role),
            settings:
            [
                "--roles", role, "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString, $"--Storage:Prefix={_name}",
                "--Clustering:Provider=azure-tables", $"--Clustering:ClusterId={_name}", .. ports, .. settings,
            ]);
        Assert.False(server.Process.HasExited, server.Printed);
        return server;
    }
}
