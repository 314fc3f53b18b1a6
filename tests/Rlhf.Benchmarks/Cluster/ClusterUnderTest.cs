using Microsoft.Extensions.DependencyInjection;
using Rlhf.Scenarios;
using Rlhf.Storage;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>A cluster of real processes on loopback, with a store and a membership of its own: an api, two that serve, two that learn.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private const string Prefix = "cluster";
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-cluster-").FullName;
    private readonly AzuriteServer _azurite = new();
    private readonly PostgreSqlServer? _database;
    private readonly string[] _settings;
    private readonly List<ServerProcess> _started = [];

    private ClusterUnderTest(bool inPostgreSql, string[] probes)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAsync().Wait(); // also when the bench is told to end
        if (inPostgreSql)
        {
            _database = new PostgreSqlServer();
            _database.RunScript(Path.Combine(AppContext.BaseDirectory, "Cluster", "orleans.sql"));
        }

        _settings =
        [
            "--storage", "azure-tables", "--connection", _azurite.ConnectionString, $"--Storage:Prefix={Prefix}",
            "--Clustering:AdvertisedAddress=127.0.0.1",
            .. _database is null ? (string[])["--Clustering:Provider=azure-tables"] : ["--Clustering:Provider=postgresql", $"--Clustering:ConnectionString={_database.ConnectionString}"],
            $"--Learner:JobsFolder={Path.Combine(_folder, "jobs")}", "--Learner:WakeEvery=00:00:01", "--Learner:Interval=00:00:00",
            "--Feedback:PerMinute=1000000",
            "--Keys:PerMinuteWithoutKey=0",
            .. TinyTraining.Settings,
            .. probes,
        ];
    }

    /// <summary>The process that answers requests.</summary>
    public ServerProcess Api { get; private set; } = null!;

    /// <summary>The processes that draw replies.</summary>
    public List<ServerProcess> Serving { get; } = [];

    /// <summary>The processes that learn: one and a spare.</summary>
    public List<ServerProcess> Learners { get; } = [];

    /// <summary>Every process that ever was.</summary>
    public IReadOnlyList<ServerProcess> Started => _started;

    /// <summary>Starts all processes at once; none needs another to be there first.</summary>
    /// <param name="inPostgreSql">Where silos find each other.</param>
    /// <param name="probes">Settings of how they watch each other.</param>
    /// <exception cref="InvalidOperationException">One does not start.</exception>
    public static async Task<ClusterUnderTest> StartAsync(bool inPostgreSql, params string[] probes)
    {
        var cluster = new ClusterUnderTest(inPostgreSql, probes);
        try
        {
            cluster.Api = cluster.Start("api");
            cluster.Serving.AddRange([cluster.Start("serving"), cluster.Start("serving")]);
            cluster.Learners.AddRange([cluster.Start("learner"), cluster.Start("learner")]);
            foreach (var process in cluster._started)
                await ReadyAsync(process);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts another that serves.</summary>
    public async Task<ServerProcess> StartServingAsync()
    {
        var process = Start("serving");
        await ReadyAsync(process);
        Serving.Add(process);
        return process;
    }

    /// <summary>Takes the store away, and what it acknowledged stays on its disk.</summary>
    public void StopStore() => _azurite.Stop();

    /// <summary>Brings the store back, in the same folder and on the same port.</summary>
    public void StartStore() => _azurite.Start();

    /// <summary>Opens the store beside the processes.</summary>
    public ServiceProvider OpenStore() =>
        new ServiceCollection().AddTableStorage(Path.Combine(_folder, "check"), new TableStorageOptions(_azurite.ConnectionString, Prefix)).BuildServiceProvider();

    /// <summary>Ends everything at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _database?.Dispose();
        _azurite.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ServerProcess Start(string role)
    {
        var process = ServerProcess.Start(Path.Combine(_folder, $"{role}-{_started.Count}"), settings:
        [
            "--roles", role, "--Clustering:SiloPort=0", "--Clustering:GatewayPort=0", .. _settings,
        ]);
        _started.Add(process);
        return process;
    }

    private async Task EndAsync()
    {
        foreach (var process in _started)
            await process.DisposeAsync();
        _started.Clear();
    }

    private static async Task ReadyAsync(ServerProcess process)
    {
        await process.Ready;
        if (process.Process.HasExited)
            throw new InvalidOperationException($"A process of the cluster does not start: {process.Printed}");
    }
}
