using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Silo;

/// <summary>What holds of a silo on every store.</summary>
public abstract class SiloContract(StoreKind kind) : IDisposable
{
    private protected readonly TemporaryFolder folder = new();
    private readonly TableStorageOptions? tables = kind == StoreKind.Tables && AzuriteInstallation.Missing is null
        ? new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}")
        : null;

    [ContractFact]
    public async Task What_a_grain_wrote_is_there_after_a_restart_of_the_silo()
    {
        await InSilo(async cluster =>
        {
            var grain = cluster.Client.GetGrain<ICounterGrain>("a");
            await grain.IncrementAsync();
            await grain.IncrementAsync();
            await cluster.Client.GetGrain<ICounterGrain>("cleared").IncrementAsync();
            await cluster.Client.GetGrain<ICounterGrain>("cleared").ClearAsync();
        });
        await InSilo(async cluster =>
        {
            Assert.Equal(3, await cluster.Client.GetGrain<ICounterGrain>("a").IncrementAsync());
            Assert.Equal(1, await cluster.Client.GetGrain<ICounterGrain>("b").IncrementAsync());
            Assert.Equal(1, await cluster.Client.GetGrain<ICounterGrain>("cleared").IncrementAsync());
            Assert.Equal(2, await cluster.Client.GetGrain<ICounterGrain>("cleared").IncrementAsync());
        });
    }

    [ContractFact]
    public async Task Reminders_are_there_after_a_restart_of_the_silo()
    {
        await InSilo(async cluster =>
        {
            await cluster.Client.GetGrain<ICounterGrain>("a").RemindAsync("train");
            await cluster.Client.GetGrain<ICounterGrain>("a").RemindAsync("check");
        });
        await InSilo(async cluster =>
        {
            Assert.Equal(["check", "train"], await cluster.Client.GetGrain<ICounterGrain>("a").RemindersAsync());
            Assert.Empty(await cluster.Client.GetGrain<ICounterGrain>("b").RemindersAsync());
        });
    }

    [ContractFact]
    public Task A_grain_whose_state_another_one_changed_ends_and_the_next_goes_on_from_there() => InSilo(async cluster =>
    {
        var grain = cluster.Client.GetGrain<ICounterGrain>("a");
        await grain.IncrementAsync();

        var storage = cluster.GetSiloServiceProvider().GetRequiredKeyedService<IGrainStorage>("Default");
        var other = new GrainState<CounterState>();
        await storage.ReadStateAsync("counter", grain.GetGrainId(), other);
        other.State!.Count = 41;
        await storage.WriteStateAsync("counter", grain.GetGrainId(), other);

        await Assert.ThrowsAsync<InconsistentStateException>(grain.IncrementAsync);
        Assert.Equal(42, await grain.IncrementAsync());
    });

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task InSilo(Func<InProcessTestCluster, Task> act)
    {
        var builder = new InProcessTestClusterBuilder(1);
        (builder.Options.ServiceId, builder.Options.ConfigureFileLogging) = ("tests", false);
        builder.ConfigureSilo((_, silo) => (tables is null ? silo.AddSqliteStorage(folder.Path) : silo.AddTableStorage(folder.Path, tables)).AddReminders());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        await act(cluster);
        await cluster.StopAllSilosAsync();
    }
}

/// <summary>It holds on SQLite.</summary>
public sealed class SqliteSiloTests() : SiloContract(StoreKind.Sqlite)
{
    [Fact]
    public async Task A_silo_whose_folder_is_in_use_does_not_start_and_says_why()
    {
        using var holder = new DataFolder(folder.Path);

        var error = await Assert.ThrowsAnyAsync<StorageException>(() => InSilo(_ => Task.CompletedTask));
        Assert.Contains($"{folder.Path} is in use by process {Environment.ProcessId}", error.Message);
    }
}

/// <summary>It holds on tables.</summary>
public sealed class TableSiloTests() : SiloContract(StoreKind.Tables);

/// <summary>What a caller sees of a store that is away.</summary>
public sealed class SiloOutageTests
{
    [AzuriteFact]
    public async Task What_the_store_refuses_reaches_the_caller_in_another_process_by_its_type_also_where_a_grain_can_not_wake()
    {
        using var azurite = new AzuriteServer();
        using var folder = new TemporaryFolder();
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => silo.AddTableStorage(folder.Path, new TableStorageOptions(azurite.ConnectionString) { RetryDelay = TimeSpan.FromMilliseconds(2) }));
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        await cluster.Client.GetGrain<ICounterGrain>("awake").IncrementAsync();

        azurite.Stop();
        var refused = await Assert.ThrowsAsync<StorageUnavailableException>(cluster.Client.GetGrain<ICounterGrain>("awake").IncrementAsync);
        Assert.StartsWith($"The table storage http://127.0.0.1:{azurite.Port}/devstoreaccount1 does not answer", refused.Message);
        await Assert.ThrowsAsync<StorageUnavailableException>(cluster.Client.GetGrain<ICounterGrain>("asleep").IncrementAsync);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => cluster.Client.GetGrain<ICounterGrain>("awake").RemindAsync("train"));

        azurite.Start();
        Assert.Equal(1, await cluster.Client.GetGrain<ICounterGrain>("asleep").IncrementAsync());
    }
}
