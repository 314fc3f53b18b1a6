using System.Net;
using System.Net.Sockets;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>What an operator sees when a server cannot start: one line that says what to do, and an exit code.</summary>
public sealed class StartUpTests : IDisposable
{
    private static readonly string Nowhere = AzuriteServer.ConnectionFor(port: 1);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, port), $"127.0.0.1:{port}", "--urls");
    }

    [Fact]
    public async Task A_data_folder_in_use_is_named()
    {
        await using var first = await RunningServer.StartAsync(_folder.Path);
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path), _folder.Path);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public async Task A_broken_model_is_named(string file)
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder.Path, "model")).FullName;
        foreach (var whole in Directory.EnumerateFiles(TinyModel.Folder))
        {
            File.Copy(whole, Path.Combine(model, Path.GetFileName(whole)));
        }

        var path = Path.Combine(model, file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^7]);
        await FailsAsync(await ServerProcess.StartAsync(Path.Combine(_folder.Path, "data"), model: model), "model");
    }

    [Theory]
    [InlineData("--Serving:MaxBatch=0", "MaxBatch")]
    [InlineData("--Learner:Ppo:Rollouts=1", "Rollouts")]
    [InlineData("--Feedback:PerMinute=often", "PerMinute")]
    [InlineData("--Learner:Interval=00:00:01", "Interval")]
    [InlineData("--Learner:Gate:RegressionPrompts=nowhere.jsonl", "Gate:RegressionPrompts")]
    public async Task A_setting_out_of_its_range_is_named(string setting, string named) =>
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, settings: setting), named);

    [Theory]
    [InlineData("--roles=serving", "Roles=serving")]
    [InlineData("--Roles=api,learner", "Roles=api,learner")]
    [InlineData("--Clustering:Provider=azure-tables", "Clustering:Provider=azure-tables")]
    [InlineData("--Clustering:SiloPort=11112", "Clustering:SiloPort")]
    [InlineData("--Clustering:AdvertisedAddress=10.0.0.1", "Clustering:AdvertisedAddress")]
    public async Task What_needs_several_processes_is_refused_where_there_can_be_but_one(string setting, string named) =>
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, settings: setting), named, "Clustering:Provider");

    [Theory]
    [InlineData("--roles=api,cook", "'cook' is no role")]
    [InlineData("--Clustering:Provider=postgresql", "Clustering:ConnectionString")]
    [InlineData("--Clustering:Provider=redis", "azure-tables or postgresql")]
    [InlineData("--Clustering:AdvertisedAddress=here", "'here'")]
    public async Task What_no_cluster_could_be_made_of_is_named(string setting, string named) =>
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, settings: setting), named);

    [Theory]
    [InlineData("Storage:ConnectionString", "--roles=api,serving,learner")]
    [InlineData("Storage:ConnectionString", "--roles=api", "--Clustering:Provider=azure-tables")]
    [InlineData("Storage:ConnectionString", "--roles=serving", "--Clustering:Provider=azure-tables")]
    public async Task Tables_that_do_not_answer_are_named(string named, params string[] settings) =>
        await FailsAsync(
            await ServerProcess.StartAsync(_folder.Path, settings: [.. settings, "--storage", "azure-tables", "--connection", Nowhere]),
            "http://127.0.0.1:1/devstoreaccount1 does not answer (", named);

    [AzuriteFact]
    public async Task Tables_of_the_membership_that_do_not_answer_are_named() =>
        await FailsAsync(
            await ServerProcess.StartAsync(_folder.Path, settings: ["--roles=api", "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString, "--Storage:Prefix=startup", "--Clustering:Provider=azure-tables", $"--Clustering:ConnectionString={Nowhere}"]),
            "http://127.0.0.1:1/devstoreaccount1 does not answer (", "correct Clustering:ConnectionString");

    [Fact]
    public async Task An_address_that_others_reach_needs_a_key_first() =>
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, settings: "--urls=http://0.0.0.0:0"), "http://0.0.0.0:0", "./rlhf keys add", "--urls http://127.0.0.1");

    [Fact]
    public async Task A_start_says_where_what_and_how_to_try_it()
    {
        await using var server = await ServerProcess.StartAsync(_folder.Path);
        Assert.Contains("base is live", server.Printed);
        Assert.Contains(_folder.Path, server.Printed);
        Assert.Contains("/v1/chat/completions", server.Printed);
        Assert.Contains("/v1/feedback", server.Printed);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task FailsAsync(ServerProcess server, params string[] said)
    {
        await using (server)
        {
            Assert.Equal(1, await server.ExitCodeAsync());
            var error = server.Printed.TrimEnd().Split('\n')[^1];
            Assert.All(said, words => Assert.Contains(words, error));
            Assert.DoesNotContain("   at ", server.Printed);
        }
    }
}
