using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Backups;

/// <summary><c>backup</c> copies everything that a server keeps, while it runs; <c>restore</c> makes a server's data of a copy.</summary>
public static class BackupCommand
{
    private const string BackUpDescription = "Copies everything that a server keeps, while it runs: the ledger, conversations, versions, raters, keys. Checkpoints of a training that runs are not copied: after a restore it begins anew.";
    private const string RestoreDescription = "Makes a server's data of a backup, in a new data folder or in tables that hold nothing yet.";

    /// <summary>The states of grains that tell of other grains' states, the last written first: the learner ends a job when the catalogue has published its
    /// version, and versions follow the catalogue.</summary>
    private static readonly string[] WrittenLast = ["learner", "version"];

    /// <summary>Runs <c>backup</c>.</summary>
    /// <param name="arguments">The words after it.</param>
    /// <param name="output">What was copied.</param>
    /// <param name="error">Progress, and what went wrong in one line.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <returns>The exit code: 0, 1 when it failed, 2 when it was called wrongly.</returns>
    public static Task<int> BackUpAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) => RunAsync(
        "backup", BackUpDescription, "--to", "The folder to make; it appears when the backup is whole.", arguments, output, error,
        (folder, storage, data, progress, cancel) => storage.Provider == StorageOptions.AzureTables
            ? StoreBackup.OfTablesAsync(storage.Tables, folder, WrittenLast, progress, cancel)
            : StoreBackup.OfFolderAsync(data, folder, progress, cancel),
        "copied to",
        cancellationToken);

    /// <summary>Runs <c>restore</c>.</summary>
    /// <inheritdoc cref="BackUpAsync" path="/param"/>
    /// <inheritdoc cref="BackUpAsync" path="/returns"/>
    public static Task<int> RestoreAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) => RunAsync(
        "restore", RestoreDescription, "--from", "The backup's folder.", arguments, output, error,
        (folder, storage, data, progress, cancel) => storage.Provider == StorageOptions.AzureTables
            ? StoreBackup.RestoreToTablesAsync(folder, storage.Tables, progress, cancel)
            : StoreBackup.RestoreToFolderAsync(folder, data, progress, cancel),
        "restored from",
        cancellationToken);

    private static Task<int> RunAsync(
        string name,
        string description,
        string option,
        string explanation,
        string[] arguments,
        TextWriter output,
        TextWriter error,
        Func<string, StorageOptions, string, IProgress<string>, CancellationToken, Task<BackupManifest>> work,
        string done,
        CancellationToken cancellationToken)
    {
        var settings = ServerSettings.OfStore(arguments);
        var folder = new Option<string>(option) { Description = explanation, HelpName = "DIR", Required = true };
        var json = new Option<bool>("--json") { Description = "Answers in JSON." };
        var command = new Command(name, description) { folder, json };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var (storage, data) = settings.StoreOf(parsed);
                var place = parsed.GetValue(folder)!;
                var manifest = await work(place, storage, data, new Lines(error), cancel);
                Tell(manifest, place, done, output, parsed.GetValue(json));
                return 0;
            }
            catch (Exception failure) when (failure is StorageException or ValidationException)
            {
                throw new CommandException(failure.Message);
            }
        });
        return CommandLine.RunAsync(CommandLine.FrontDoor(command), [command.Name, .. settings.Words], error, output, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private static void Tell(BackupManifest manifest, string folder, string done, TextWriter output, bool json)
    {
        var bytes = manifest.Files.Sum(file => file.Bytes);
        output.WriteLine(json
            ? JsonSerializer.Serialize(new { folder = Path.GetFullPath(folder), store = manifest.Store, created_at = manifest.CreatedAt, events = manifest.Events, files = manifest.Files.Count, bytes })
            : string.Create(CultureInfo.InvariantCulture, $"{manifest.Events:N0} events of the ledger and all else, {bytes / 1e6:0.0} MB in {manifest.Files.Count} files, {done} {folder}"));
    }

    /// <summary>Progress as lines, in the order in which it is told.</summary>
    private sealed class Lines(TextWriter lines) : IProgress<string>
    {
        public void Report(string value) => lines.WriteLine(value);
    }
}
