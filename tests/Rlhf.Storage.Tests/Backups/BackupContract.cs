using System.Text;
using Orleans;
using Orleans.Runtime;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Backups;

/// <summary>What holds for backups of every store.</summary>
public abstract class BackupContract(StoreKind kind) : IDisposable
{
    private static readonly string[] WrittenLast = ["learner", "version"];
    private readonly TemporaryFolder _folder = new();
    private readonly Place _place = Place.New(kind);

    private string Backup => Path.Combine(_folder.Path, "backup");

    [ContractFact]
    public async Task What_was_stored_is_there_again_in_another_place()
    {
        var turn = Samples.Turn("c-1", 1);
        using (var store = _place.Open())
        {
            await store.Ledger.AppendAsync(Samples.Many(30));
            Assert.True(await store.Turns.AppendAsync(turn));
            var claim = await store.Adapters.ClaimAsync("v1", default);
            await store.Adapters.SaveAsync("v1", Encoding.UTF8.GetBytes("weights"), claim.Token, default);
            await store.Adapters.SaveRewardAsync("v1", Encoding.UTF8.GetBytes("reward"), claim.Token, default);
            await store.GrainStorage.WriteStateAsync("counter", Counter, new GrainState<Tally>(new Tally { Value = 7 }));
            Assert.Equal(30, (await _place.BackUpAsync(Backup)).Events); // beside the store that is open
        }

        var another = Place.New(kind);
        await another.RestoreAsync(Backup);
        using var restored = another.Open();
        Assert.Equal(Enumerable.Range(1, 30).Select(i => $"e{i}"), (await restored.Ledger.ReadAsync(0).ToListAsync()).Select(entry => entry.Event.Id));
        Assert.Equal(new LedgerVerification(30, null, null), await restored.Ledger.VerifyAsync());
        Assert.Equal(turn.Reply, Assert.Single(await restored.Turns.ReadAsync("c-1")).Reply);
        Assert.Equal("weights", Encoding.UTF8.GetString((await restored.Adapters.LoadAsync("v1", default))!));
        Assert.Equal("reward", Encoding.UTF8.GetString((await restored.Adapters.LoadRewardAsync("v1", default))!));
        var state = new GrainState<Tally>();
        await restored.GrainStorage.ReadStateAsync("counter", Counter, state);
        Assert.Equal(7, state.State!.Value);
        Assert.True((await restored.Ledger.AppendAsync(Samples.Thumbs("e7"))).Duplicate);
        Assert.Equal(31, (await restored.Ledger.AppendAsync(Samples.Thumbs("later"))).Sequence);
    }

    [ContractFact]
    public async Task A_backup_beside_writers_holds_the_ledger_up_to_one_event_and_nothing_after_it()
    {
        using var store = _place.Open();
        await store.Ledger.AppendAsync(Samples.Many(200, "before"));
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await store.Ledger.AppendAsync(Samples.Many(3, $"beside{i}-"));
                await store.Turns.AppendAsync(Samples.Turn("c-2", i + 1));
            }
        });
        var manifest = await _place.BackUpAsync(Backup);
        await stop.CancelAsync();
        await writing;

        var another = Place.New(kind);
        await another.RestoreAsync(Backup);
        using var restored = another.Open();
        Assert.Equal(new LedgerVerification(manifest.Events, null, null), await restored.Ledger.VerifyAsync());
        Assert.InRange(manifest.Events, 200, await store.Ledger.LastSequenceAsync());
        var next = (await store.Ledger.ReadAsync(manifest.Events).Take(1).ToListAsync()).Select(entry => entry.Event.Id).FirstOrDefault() ?? "new";
        Assert.Equal(new AppendResult(manifest.Events + 1, Duplicate: false), await restored.Ledger.AppendAsync(Samples.Thumbs(next)));
    }

    [ContractFact]
    public async Task An_empty_store_can_be_kept_too()
    {
        await FillAsync(0);
        Assert.Equal(0, (await _place.BackUpAsync(Backup)).Events);
        var another = Place.New(kind);
        await another.RestoreAsync(Backup);
        using var restored = another.Open();
        Assert.Equal(1, (await restored.Ledger.AppendAsync(Samples.Thumbs("first"))).Sequence);
    }

    [ContractFact]
    public async Task A_file_that_was_changed_is_named_and_nothing_is_restored()
    {
        await FillAsync(5);
        var file = (await _place.BackUpAsync(Backup)).Files.MaxBy(one => one.Bytes)!;
        var path = Path.Combine(Backup, file.Name);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var another = Place.New(kind);
        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => another.RestoreAsync(Backup));
        Assert.Contains(file.Name, error.Message);
        using var empty = another.Open();
        Assert.Equal(0, await empty.Ledger.LastSequenceAsync());
    }

    [ContractFact]
    public async Task Nothing_is_restored_over_what_is_there_and_no_backup_over_another()
    {
        await FillAsync(5);
        await _place.BackUpAsync(Backup);
        Assert.Contains("isn't empty", (await Assert.ThrowsAsync<StorageException>(() => _place.BackUpAsync(Backup))).Message);
        Assert.Contains("isn't empty", (await Assert.ThrowsAsync<StorageException>(() => _place.RestoreAsync(Backup))).Message);
    }

    [ContractFact]
    public async Task A_backup_of_the_other_store_is_refused_with_its_name()
    {
        await FillAsync(5);
        var other = (await _place.BackUpAsync(Backup)).Store == "sqlite" ? "azure-tables" : "sqlite";
        var manifest = Path.Combine(Backup, "backup.json");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace(kind == StoreKind.Sqlite ? "sqlite" : "azure-tables", other));
        Assert.Contains($"--storage {other}", (await Assert.ThrowsAsync<StorageException>(() => Place.New(kind).RestoreAsync(Backup))).Message);
    }

    [ContractFact]
    public async Task Of_two_backups_to_one_place_at_once_one_is_whole_and_nobody_elses_folder_is_touched()
    {
        await FillAsync(5);
        Directory.CreateDirectory(Backup + ".unfinished");
        await File.WriteAllTextAsync(Path.Combine(Backup + ".unfinished", "mine"), "");
        var made = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            try
            {
                return (await _place.BackUpAsync(Backup)).Events;
            }
            catch (StorageException)
            {
                return -1;
            }
        }));
        Assert.Contains(5, made);
        Assert.True(File.Exists(Path.Combine(Backup + ".unfinished", "mine")));
        var another = Place.New(kind);
        Assert.Equal(5, (await another.RestoreAsync(Backup)).Events);
    }

    [ContractTheory]
    [InlineData("""{"format":1,"store":"STORE","created_at":"2026-11-30T00:00:00+00:00","events":5,"files":[null]}""")]
    [InlineData("""{"format":1,"store":"STORE","created_at":"2026-11-30T00:00:00+00:00","events":5,"files":[{"bytes":1}]}""")]
    [InlineData("""{"format":1,"store":"STORE","created_at":"2026-11-30T00:00:00+00:00","events":5,"files":[]}""")]
    public async Task A_manifest_that_lacks_something_is_no_backup(string manifest)
    {
        await FillAsync(5);
        var store = (await _place.BackUpAsync(Backup)).Store;
        await File.WriteAllTextAsync(Path.Combine(Backup, "backup.json"), manifest.Replace("STORE", store));
        await Assert.ThrowsAnyAsync<StorageException>(() => Place.New(kind).RestoreAsync(Backup));
    }

    [ContractFact]
    public async Task Given_up_it_leaves_nothing_behind()
    {
        await FillAsync(5);
        using var giveUp = new CancellationTokenSource();
        var progress = new Told(line => giveUp.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _place.BackUpAsync(Backup, progress, giveUp.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private async Task FillAsync(int events)
    {
        using var store = _place.Open();
        await store.Ledger.AppendAsync(Samples.Many(events));
        Assert.Equal(events, await store.Ledger.LastSequenceAsync());
    }

    private static GrainId Counter => GrainId.Create("counter", "one");

    /// <summary>Where something is stored, to be opened as often as one likes.</summary>
    private sealed record Place(TableStorageOptions? Tables, string Folder)
    {
        public static Place New(StoreKind kind) => kind == StoreKind.Tables
            ? new Place(new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}"), "")
            : new Place(null, Path.Combine(Path.GetTempPath(), $"rlhf-{Guid.NewGuid():N}"));

        public Store Open() => Tables is null ? new Store(Folder) : new Store(Tables);

        public Task<BackupManifest> BackUpAsync(string backup, IProgress<string>? progress = null, CancellationToken cancellationToken = default) => Tables is null
            ? StoreBackup.OfFolderAsync(Folder, backup, progress ?? new Told(), cancellationToken)
            : StoreBackup.OfTablesAsync(Tables, backup, WrittenLast, progress ?? new Told(), cancellationToken);

        public Task<BackupManifest> RestoreAsync(string backup) => Tables is null
            ? StoreBackup.RestoreToFolderAsync(backup, Folder, new Told(), default)
            : StoreBackup.RestoreToTablesAsync(backup, Tables, new Told(), default);
    }

    private sealed class Told(Action<string>? line = null) : IProgress<string>
    {
        public void Report(string value) => line?.Invoke(value);
    }

    private sealed class Tally
    {
        public int Value { get; set; }
    }
}

/// <inheritdoc/>
public sealed class SqliteBackupTests() : BackupContract(StoreKind.Sqlite);

/// <inheritdoc/>
public sealed class TableBackupTests() : BackupContract(StoreKind.Tables)
{
    [AzuriteFact]
    public async Task Tables_that_are_half_restored_let_no_server_start_and_the_restore_can_be_called_again()
    {
        using var folder = new TemporaryFolder();
        var backup = Path.Combine(folder.Path, "backup");
        var source = new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}");
        using (var store = new Store(source))
        {
            await store.Ledger.AppendAsync(Samples.Many(5));
        }

        await StoreBackup.OfTablesAsync(source, backup, [], new Progress<string>(), default);
        var to = source with { Prefix = $"t{Guid.NewGuid():N}" };
        using var killed = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StoreBackup.RestoreToTablesAsync(backup, to, new At("restoring", killed.Cancel), killed.Token));
        using (var half = new Store(to))
        {
            Assert.Contains("./rlhf restore", (await Assert.ThrowsAsync<StorageException>(() => half.Tables.ReachAsync(default))).Message);
        }

        await StoreBackup.RestoreToTablesAsync(backup, to, new Progress<string>(), default);
        using var whole = new Store(to);
        await whole.Tables.ReachAsync(default);
        Assert.Equal(5, await whole.Ledger.LastSequenceAsync());
    }

    private sealed class At(string start, Action then) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value.StartsWith(start, StringComparison.Ordinal))
            {
                then();
            }
        }
    }
}
