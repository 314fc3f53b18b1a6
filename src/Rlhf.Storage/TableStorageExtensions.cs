using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime.ReminderService;
using Orleans.Storage;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>Registers the storage in Azure tables.</summary>
public static class TableStorageExtensions
{
    private const string DefaultStorage = "Default", OrleansStorage = "azure-tables", Silos = "silos";

    /// <summary>
    /// Registers what is stored in tables, <see cref="IFeedbackLedger"/>, <see cref="ITurnStore"/>,
    /// <see cref="IConversationIndex"/>, <see cref="IAdapterStore"/> and <see cref="IKeyStore"/>, and the <see cref="DataFolder"/>, which holds the training jobs' checkpoints.
    /// A host that can't reach the tables does not start: it throws <see cref="StorageException"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The services.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static IServiceCollection AddTableStorage(this IServiceCollection services, string folder, TableStorageOptions options) =>
        services.AddTableStorage(folder, options, new TableAccount(options));

    /// <summary>
    /// Registers what is stored in tables, and makes them the silo's default grain storage and its reminder table, by
    /// Orleans' own providers. The state of grains and their reminders belong to the silo's <c>ServiceId</c>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The silo.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static ISiloBuilder AddTableStorage(this ISiloBuilder silo, string folder, TableStorageOptions options)
    {
        var account = new TableAccount(options);
        silo.Services.AddTableStorage(folder, options, account);
        silo.AddAzureTableGrainStorage(OrleansStorage, state =>
        {
            (state.TableServiceClient, state.TableName) = (account.Service, account.Name("state"));
            state.GrainStorageSerializer = StateJson.Serializer;
            state.DeleteStateOnClear = true;
        });
        silo.UseAzureTableReminderService(reminders => (reminders.TableServiceClient, reminders.TableName) = (account.Service, account.Name("reminders")));
        silo.Services
            .AddKeyedSingleton<IGrainStorage>(DefaultStorage, (services, _) => new TableGrainStorage(account, services.GetRequiredKeyedService<IGrainStorage>(OrleansStorage), services.GetRequiredService<StorageDamage>()))
            .AddSingleton(services => services.GetRequiredKeyedService<IGrainStorage>(DefaultStorage))
            .AddSingleton<IReminderTable>(services => new TableReminderTable(account, ActivatorUtilities.CreateInstance<AzureBasedReminderTable>(services)));
        return silo;
    }

    /// <summary>Keeps the silo's membership in an Azure table, and does not start where that can't be reached.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">The account and the start of the table's name.</param>
    /// <returns>The silo.</returns>
    /// <exception cref="StorageException">The account's connection string or the table's prefix can't be used.</exception>
    public static ISiloBuilder UseTableMembership(this ISiloBuilder silo, TableStorageOptions options)
    {
        var account = silo.Services.AddMembership(options);
        return silo.UseAzureStorageClustering(membership => (membership.TableServiceClient, membership.TableName) = (account.Service, account.Name(Silos)));
    }

    /// <summary>Finds the silos in an Azure table, and does not start where that can't be reached.</summary>
    /// <param name="client">The client.</param>
    /// <param name="options">The account and the start of the table's name.</param>
    /// <returns>The client.</returns>
    /// <exception cref="StorageException">The account's connection string or the table's prefix can't be used.</exception>
    public static IClientBuilder UseTableMembership(this IClientBuilder client, TableStorageOptions options)
    {
        var account = client.Services.AddMembership(options);
        return client.UseAzureStorageClustering(membership => (membership.TableServiceClient, membership.TableName) = (account.Service, account.Name(Silos)));
    }

    private static TableAccount AddMembership(this IServiceCollection services, TableStorageOptions options)
    {
        var account = new TableAccount(options, [Silos]);
        services.AddSingleton<IHostedService>(new TablesAtStart(account));
        return account;
    }

    private static IServiceCollection AddTableStorage(this IServiceCollection services, string folder, TableStorageOptions options, TableAccount account) =>
        services
            .AddSingleton<IHostedService>(new TablesAtStart(account))
            .AddSingleton(_ => new DataFolder(folder))
            .AddSingleton(account)
            .AddSingleton(options)
            .AddSingleton<StorageDamage>()
            .AddSingleton<IFeedbackLedger, TableFeedbackLedger>()
            .AddHostedService<ErasuresAtStart>()
            .AddSingleton<ITurnStore, TableTurnStore>()
            .AddSingleton<IConversationIndex, TableConversationIndex>()
            .AddSingleton<IAdapterStore, TableAdapterStore>()
            .AddSingleton<IKeyStore, TableKeyStore>();
}
