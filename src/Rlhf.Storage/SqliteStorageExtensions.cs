using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Storage;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <summary>Registers the storage in a folder.</summary>
public static class SqliteStorageExtensions
{
    private const string DefaultStorage = "Default";

    /// <summary>
    /// Registers the data folder and what is stored in it: <see cref="DataFolder"/>, <see cref="IFeedbackLedger"/>,
    /// <see cref="ITurnStore"/>, <see cref="IConversationIndex"/>, <see cref="IAdapterStore"/> and <see cref="IKeyStore"/>. The folder is opened, and its lock taken, when the
    /// first of them is asked for, and closed with the service provider; opening throws <see cref="StorageException"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, string folder) =>
        services
            .AddSingleton(_ => new DataFolder(folder))
            .AddSingleton<Database>()
            .AddSingleton<StorageDamage>()
            .AddSingleton<IHostedService, DatabaseCheck>()
            .AddSingleton<IFeedbackLedger, SqliteFeedbackLedger>()
            .AddSingleton<ITurnStore, SqliteTurnStore>()
            .AddSingleton<IConversationIndex, SqliteConversationIndex>()
            .AddSingleton<IAdapterStore>(services => new AdapterFiles(services.GetRequiredService<DataFolder>().Versions))
            .AddSingleton<IKeyStore, SqliteKeyStore>();

    /// <summary>
    /// Registers the data folder and what is stored in it, and makes it the silo's default grain storage and its
    /// reminder table.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddSqliteStorage(this ISiloBuilder silo, string folder)
    {
        // Orleans looks the default storage up by its key where a grain names it, and without a key where it names none.
        silo.Services
            .AddSqliteStorage(folder)
            .AddKeyedSingleton<IGrainStorage, SqliteGrainStorage>(DefaultStorage)
            .AddSingleton(services => services.GetRequiredKeyedService<IGrainStorage>(DefaultStorage))
            .AddSingleton<IReminderTable, SqliteReminderTable>();
        return silo.AddReminders();
    }
}
