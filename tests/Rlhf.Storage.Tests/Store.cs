using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Storage;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage.Tests;

/// <summary>The storage as a server registers it, on real files in a folder of its own.</summary>
internal sealed class Store : IDisposable
{
    private readonly TemporaryFolder? temporary;
    private ServiceProvider services;

    public Store()
    {
        temporary = new TemporaryFolder();
        Folder = temporary.Path;
        services = Open(Folder);
    }

    public Store(string folder)
    {
        Folder = folder;
        services = Open(folder);
    }

    public string Folder { get; }

    public string DatabaseFile => Path.Combine(Folder, "rlhf.db");

    public IFeedbackLedger Ledger => services.GetRequiredService<IFeedbackLedger>();

    public ITurnStore Turns => services.GetRequiredService<ITurnStore>();

    public IAdapterStore Adapters => services.GetRequiredService<IAdapterStore>();

    public IGrainStorage GrainStorage => services.GetRequiredKeyedService<IGrainStorage>("Default");

    public IReminderTable Reminders => services.GetRequiredService<IReminderTable>();

    public Database Database => services.GetRequiredService<Database>();

    /// <summary>Closes everything, as a server that stops.</summary>
    public void Close() => services.Dispose();

    /// <summary>Closes everything and opens it anew, as a server that restarts.</summary>
    public void Restart()
    {
        services.Dispose();
        services = Open(Folder);
    }

    public void Dispose()
    {
        services.Dispose();
        temporary?.Dispose();
    }

    private static ServiceProvider Open(string folder)
    {
        var silo = new Silo();
        silo.AddSqliteStorage(folder);
        return silo.Services.BuildServiceProvider();
    }

    /// <summary>A silo's services without the silo: what is stored needs none.</summary>
    private sealed class Silo : ISiloBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();

        public IConfiguration Configuration { get; } = new ConfigurationManager();
    }
}
