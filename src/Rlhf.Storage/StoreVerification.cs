using Rlhf.Storage.Sqlite;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>What looking through everything that is stored showed.</summary>
/// <param name="Events">Events of the ledger that hold, from the first one on.</param>
/// <param name="Parts">Adapters and reward models that were looked at.</param>
/// <param name="Damage">What does not hold, each in a sentence.</param>
public sealed record StoreVerification(long Events, int Parts, IReadOnlyList<string> Damage)
{
    /// <summary>Looks through a data folder, whether a server runs on it or not.</summary>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">There is no such folder, it can't be used, or a server of another version runs on it.</exception>
    public static async Task<StoreVerification> OfFolderAsync(string folder, CancellationToken cancellationToken)
    {
        var path = DatabaseOf(folder);
        var damage = new StorageDamage();
        using var database = Database.Beside(path);
        if (await DatabaseCheck.WhyNotAsync(database, cancellationToken).ConfigureAwait(false) is { } reason)
        {
            damage.Report(reason);
        }

        var (parts, broken) = await AdapterFiles.VerifyAsync(Path.Combine(Path.GetFullPath(folder), "versions"), cancellationToken).ConfigureAwait(false);
        return await WithLedgerAsync(new SqliteFeedbackLedger(database, damage), damage, parts, broken, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks through the ledger in Azure tables. Adapters there are checked whenever they are read.</summary>
    /// <param name="options">The account and the tables' names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The tables can't be reached, or the account can't be used.</exception>
    public static async Task<StoreVerification> OfTablesAsync(TableStorageOptions options, CancellationToken cancellationToken)
    {
        var damage = new StorageDamage();
        using var ledger = new TableFeedbackLedger(new TableAccount(options), damage);
        return await WithLedgerAsync(ledger, damage, 0, [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The database of a data folder.</summary>
    /// <exception cref="StorageException">There is none.</exception>
    internal static string DatabaseOf(string folder)
    {
        var path = DataFolder.DatabaseIn(folder);
        return File.Exists(path)
            ? path
            : throw new StorageException($"There is no database in {Path.GetFullPath(folder)}. Name the server's data folder, for example --data ./data.");
    }

    private static async Task<StoreVerification> WithLedgerAsync(IFeedbackLedger ledger, StorageDamage damage, int parts, IReadOnlyList<string> broken, CancellationToken cancellationToken)
    {
        var verified = new LedgerVerification(0, null, null);
        try
        {
            verified = await ledger.VerifyAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var _ in ledger.ReadAsync(0, cancellationToken).ConfigureAwait(false))
            {
                // what can't be read is reported
            }
        }
        catch (StorageDamagedException error)
        {
            damage.Report(error.Message);
        }

        return new StoreVerification(verified.Entries, parts, [.. damage.Found, .. verified.Reason is { } reason ? [reason] : Array.Empty<string>(), .. broken]);
    }
}
