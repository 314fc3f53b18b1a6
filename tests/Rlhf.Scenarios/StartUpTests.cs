using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>What an operator sees when a server cannot start: one line that says what to do, and an exit code.</summary>
public sealed class StartUpTests : IDisposable
{
    private static readonly string Nowhere = AzuriteServer.ConnectionFor(port: 1);
    private static readonly string[] Unreachable = ["--storage", "azure-tables", "--connection", Nowhere];
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
    [InlineData("--Learner:Rules:File=nowhere.jsonl", "Rules:File")]
    [InlineData("--Learner:Judge:Weight=1", "Judge:Url")]
    [InlineData("--Learner:Judge:Label:Mots=1", "Judge:Label:Most")]
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
    [InlineData("SiloPort")]
    [InlineData("GatewayPort")]
    public async Task A_port_for_other_processes_that_is_in_use_is_named_before_anything_is_started(string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var other = setting == "SiloPort" ? "GatewayPort" : "SiloPort";
        await FailsAsync(
            await ServerProcess.StartAsync(_folder.Path, settings: [.. Unreachable, "--Clustering:Provider=azure-tables", "--Clustering:AdvertisedAddress=127.0.0.1", $"--Clustering:{setting}={port}", $"--Clustering:{other}=0"]),
            $"Clustering:{setting} is {port}", $"127.0.0.1:{port}");
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named() =>
        await FailsAsync(
            await ServerProcess.StartAsync(_folder.Path, settings: [.. Unreachable, "--Clustering:Provider=azure-tables", "--Clustering:AdvertisedAddress=192.0.2.1", "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0"]),
            "192.0.2.1", "Clustering:ListenOnAllAddresses");

    [Theory]
    [InlineData("--Clustering:ProbeTimeout=00:00:00", "Clustering:ProbeTimeout must be from 00:00:00.100")]
    [InlineData("--Clustering:NumMissedProbesLimit=0", "Clustering:NumMissedProbesLimit must be from 1")]
    [InlineData("--Clustering:NumVotesForDeathDeclaration=11", "Clustering:NumProbedSilos, which is 10")]
    [InlineData("--Clustering:SiloPort=30000", "both 30000")]
    public async Task Probes_and_ports_that_make_no_sense_are_named(string setting, string named) =>
        await FailsAsync(await ServerProcess.StartAsync(_folder.Path, settings: [.. Unreachable, "--Clustering:Provider=azure-tables", setting]), named);

    [AzuriteTheory]
    [InlineData("api")]
    [InlineData("serving")]
    public async Task A_database_of_the_membership_that_does_not_answer_is_named(string role) =>
        await FailsAsync(
            await ServerProcess.StartAsync(_folder.Path, settings: [.. InDatabase("Host=127.0.0.1;Port=1;Database=orleans;Username=rlhf"), $"--roles={role}"]),
            "Failed to connect to 127.0.0.1:1", "Clustering:ConnectionString");

    [PostgreSqlFact]
    public async Task A_database_without_Orleans_tables_is_named()
    {
        using var database = new PostgreSqlServer();
        foreach (var role in (string[])["api", "serving"])
        {
            await FailsAsync(
                await ServerProcess.StartAsync(_folder.Path, settings: [.. InDatabase(database.ConnectionString), $"--roles={role}"]),
                "lacks Orleans' tables", "deploy/postgresql/orleans.sql");
        }
    }

    [AzuriteFact]
    public async Task A_process_that_is_told_to_stop_while_it_waits_for_the_cluster_ends_in_good_order()
    {
        await using var server = ServerProcess.Start(_folder.Path, settings: ["--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString, "--Clustering:Provider=azure-tables", $"--Clustering:ClusterId=nobody{Environment.ProcessId}", "--roles=api"]);
        await server.NextLineAsync("No silo of the cluster");
        server.Terminate();
        Assert.Equal(0, await server.ExitCodeAsync());
        Assert.DoesNotContain("   at ", server.Printed);
    }

    [Theory]
    [InlineData("catalog")]
    [InlineData("learner")]
    public async Task A_state_that_the_server_can_not_begin_without_is_named_with_what_to_do(string state)
    {
        await using (var server = await ServerProcess.StartAsync(_folder.Path))
        {
            Assert.Equal(0, await server.StopAsync());
        }

        await using (var database = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "rlhf.db")};Pooling=false"))
        {
            await database.OpenAsync();
            await using var damage = database.CreateCommand();
            damage.CommandText = $"UPDATE grain_state SET content = x'0011' WHERE state = '{state}'";
            Assert.Equal(1, await damage.ExecuteNonQueryAsync());
        }

        await FailsAsync(await ServerProcess.StartAsync(_folder.Path), $"The state '{state}' of grain", "Restore it from a backup.");
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_while_it_starts_ends_in_good_order()
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_folder.Path, "rlhf.db");
        watcher.Created += (_, _) => opened.TrySetResult();
        watcher.EnableRaisingEvents = true;
        await using var server = ServerProcess.Start(_folder.Path);
        await opened.Task;
        server.Terminate();
        Assert.Equal(0, await server.ExitCodeAsync());
        Assert.DoesNotContain("   at ", server.Printed);
    }

    [Fact]
    public async Task A_normal_start_and_stop_warn_of_nothing()
    {
        await using var server = await ServerProcess.StartAsync(_folder.Path);
        server.Terminate();
        Assert.Equal(0, await server.ExitCodeAsync());
        Assert.DoesNotContain("warn:", server.Printed);
        Assert.DoesNotContain("fail:", server.Printed);
    }

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
    [InlineData("Storage:ConnectionString", "--roles=serving", "--Clustering:Provider=azure-tables", "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0")]
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

    [Fact]
    public async Task A_server_that_is_alone_takes_no_port_but_its_own()
    {
        await using var server = await ServerProcess.StartAsync(_folder.Path);
        Assert.Equal([server.Client.BaseAddress!.Port], ListenedOnBy(server.Process.Id));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>By what the kernel tells of the process's sockets and of all that listen.</summary>
    private static IEnumerable<int> ListenedOnBy(int process)
    {
        var sockets = Directory.EnumerateFiles($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget ?? "").ToHashSet();
        return ((string[])["/proc/net/tcp", "/proc/net/tcp6"])
            .SelectMany(table => File.ReadLines(table).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == "0A" && sockets.Contains($"socket:[{fields[9]}]"))
            .Select(fields => Convert.ToInt32(fields[1].Split(':')[1], 16));
    }

    private static string[] InDatabase(string membership) =>
    [
        "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString, "--Storage:Prefix=startup",
        "--Clustering:Provider=postgresql", $"--Clustering:ConnectionString={membership}",
        "--Clustering:AdvertisedAddress=127.0.0.1", "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0",
    ];

    private static async Task FailsAsync(ServerProcess server, params string[] said)
    {
        await using (server)
        {
            var code = await server.ExitCodeAsync();
            Assert.True(code == 1, $"{code}: {server.Printed}");
            var error = server.Printed.TrimEnd().Split('\n')[^1];
            Assert.All(said, words => Assert.Contains(words, error));
            Assert.DoesNotContain("   at ", server.Printed);
        }
    }
}
