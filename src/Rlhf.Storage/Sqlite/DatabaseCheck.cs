using Microsoft.Extensions.Hosting;

namespace Rlhf.Storage.Sqlite;

/// <summary>Looks through the database's file once after a start, beside everything else: a page that a failing disk has changed would otherwise be found
/// by whoever happens to read it.</summary>
internal sealed class DatabaseCheck(Database database, StorageDamage damage) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (await WhyNotAsync(database, stoppingToken).ConfigureAwait(false) is { } reason)
        {
            damage.Report(reason);
        }
    }

    /// <summary>What is wrong with the file; null when nothing is.</summary>
    public static async Task<string?> WhyNotAsync(Database database, CancellationToken cancellationToken)
    {
        try
        {
            var found = await database.ReadAsync(session => session.All("PRAGMA quick_check(3)", row => row.GetString(0)), cancellationToken).ConfigureAwait(false);
            return found is ["ok"] ? null : $"The database {database.Path} is damaged ({string.Join("; ", found)}). Restore it from a backup.";
        }
        catch (StorageDamagedException error)
        {
            return error.Message;
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            return null; // the server ends before it was looked through
        }
    }
}
