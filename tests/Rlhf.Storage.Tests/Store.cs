using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;
using Rlhf.Storage.Sqlite;
using Rlhf.Storage.Tables;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests;

/// <summary>Where a test stores.</summary>
public enum StoreKind
{
    /// <summary>SQLite, in a folder of its own.</summary>
    Sqlite,

    /// <summary>Azure tables, in ones of its own of a real Azurite.</summary>
    Tables,
}

/// <summary>The storage as a server registers it, on real files or tables of its own.</summary>
internal sealed class Store : IDisposable
{
    private readonly TemporaryFolder? temporary;
    private readonly TableStorageOptions? tables;
    private ServiceProvider services;
    private Lazy<Task>? started;

    public Store(StoreKind kind = StoreKind.Sqlite)
        : this(kind == StoreKind.Tables ? new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}") : null)
    {
    }

    public Store(TableStorageOptions? tables)
    {
        temporary = new TemporaryFolder();
        Folder = temporary.Path;
        this.tables = tables;
        services = Open();
    }

    public Store(string folder)
    {
        Folder = folder;
        services = Open();
    }

    public string Folder { get; }

    public string DatabaseFile => Path.Combine(Folder, "rlhf.db");

    public IFeedbackLedger Ledger => services.GetRequiredService<IFeedbackLedger>();

    public IConversationIndex Conversations => services.GetRequiredService<IConversationIndex>();

    public ITurnStore Turns => services.GetRequiredService<ITurnStore>();

    public IAdapterStore Adapters => services.GetRequiredService<IAdapterStore>();

    public IKeyStore Keys => services.GetRequiredService<IKeyStore>();

    public IGrainStorage GrainStorage => Started().GetRequiredKeyedService<IGrainStorage>("Default");

    public IReminderTable Reminders => Started().GetRequiredService<IReminderTable>();

    public TableAccount Tables => services.GetRequiredService<TableAccount>();

    public StorageDamage Damage => services.GetRequiredService<StorageDamage>();

    public Database Database => services.GetRequiredService<Database>();

    /// <summary>Closes everything, as a server that stops.</summary>
    public void Close() => services.Dispose();

    /// <summary>Closes everything and opens it anew, as a server that restarts.</summary>
    public void Restart()
    {
        services.Dispose();
        services = Open();
    }

    /// <summary>Overwrites a stored turn, as a failing disk may.</summary>
    public async Task DamageTurnAsync(string conversation, int number, byte[] content)
    {
        if (tables is null)
        {
            Assert.Equal(1, await Database.WriteAsync(s => s.Execute("UPDATE turns SET content = ?3 WHERE conversation = ?1 AND number = ?2", conversation, number, content), CancellationToken.None));
        }
        else
        {
            await Tables.Table("turns").UpdateEntityAsync(new TableEntity(Key.Of(conversation), Key.Of(number)).With(content), ETag.All, TableUpdateMode.Replace);
        }
    }

    public void Dispose()
    {
        services.Dispose();
        temporary?.Dispose();
    }

    private ServiceProvider Open()
    {
        var silo = new Silo();
        _ = tables is null ? silo.AddSqliteStorage(Folder) : silo.AddTableStorage(Folder, tables);
        started = new Lazy<Task>(StartAsync);
        return silo.Services.BuildServiceProvider();
    }

    /// <summary>Starts what of it has a life cycle, as a silo does.</summary>
    private async Task StartAsync()
    {
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        (services.GetKeyedService<IGrainStorage>("azure-tables") as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);
        await lifecycle.OnStart(CancellationToken.None);
        await services.GetRequiredService<IReminderTable>().StartAsync(CancellationToken.None);
    }

    private ServiceProvider Started()
    {
        started!.Value.GetAwaiter().GetResult();
        return services;
    }

    /// <summary>A silo's services without the silo: what is stored needs none.</summary>
    private sealed class Silo : ISiloBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection().AddLogging().AddSerializer()
            .Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = ("tests", "tests"));

        public IConfiguration Configuration { get; } = new ConfigurationManager();
    }
}
