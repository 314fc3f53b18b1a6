using Microsoft.Extensions.DependencyInjection;
using Rlhf.Storage;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Where the killed server stores: a folder, or a folder for checkpoints and an Azurite of its own.</summary>
internal sealed class CrashStore : IDisposable
{
    private const string Prefix = "crash";
    private readonly AzuriteServer? _azurite;

    public CrashStore(bool tables)
    {
        _azurite = tables ? new AzuriteServer() : null;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("rlhf-crash-").FullName;

    /// <summary>What the server is told about it.</summary>
    public string[] Settings => _azurite is null ? [] : ["--storage", "azure-tables", "--connection", _azurite.ConnectionString, $"--Storage:Prefix={Prefix}"];

    /// <summary>Opens it beside no server.</summary>
    public ServiceProvider Open() => (_azurite is null
        ? new ServiceCollection().AddSqliteStorage(Folder)
        : new ServiceCollection().AddTableStorage(Folder, new TableStorageOptions(_azurite.ConnectionString, Prefix))).BuildServiceProvider();

    /// <summary>Cuts the server off from its tables for a while.</summary>
    public async Task CutOffAsync(TimeSpan time)
    {
        _azurite!.Stop();
        await Task.Delay(time);
        _azurite.Start();
    }

    public void Dispose()
    {
        _azurite?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
