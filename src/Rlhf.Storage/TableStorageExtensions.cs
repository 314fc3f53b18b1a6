using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Storage;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>Registers the storage in Azure tables.</summary>
public static class TableStorageExtensions
{
    private const string DefaultStorage = "Default";

    /// <summary>
    /// Registers what is stored in tables, <see cref="IFeedbackLedger"/>, <see cref="ITurnStore"/>,
    /// <see cref="IAdapterStore"/> and <see cref="IKeyStore"/>, and the <see cref="DataFolder"/>, which holds the training jobs' checkpoints.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The services.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static IServiceCollection AddTableStorage(this IServiceCollection services, string folder, TableStorageOptions options)
    {
        var account = new TableAccount(options);
        return services
            .AddSingleton(_ => new DataFolder(folder))
            .AddSingleton(account)
            .AddSingleton(options)
            .AddSingleton<IFeedbackLedger, TableFeedbackLedger>()
            .AddSingleton<ITurnStore, TableTurnStore>()
            .AddSingleton<IAdapterStore, TableAdapterStore>()
            .AddSingleton<IKeyStore, TableKeyStore>();
    }

    /// <summary>
    /// Registers what is stored in tables, and makes them the silo's default grain storage and its reminder table.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The silo.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static ISiloBuilder AddTableStorage(this ISiloBuilder silo, string folder, TableStorageOptions options)
    {
        silo.Services
            .AddTableStorage(folder, options)
            .AddKeyedSingleton<IGrainStorage, TableGrainStorage>(DefaultStorage)
            .AddSingleton(services => services.GetRequiredKeyedService<IGrainStorage>(DefaultStorage))
            .AddSingleton<IReminderTable, TableReminderTable>();
        return silo.AddReminders();
    }
}
