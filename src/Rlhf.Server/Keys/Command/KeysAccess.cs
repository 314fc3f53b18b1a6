using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Keys.Command;

/// <summary>Opens the store of keys that the command line names, and answers as it asks.</summary>
internal sealed class KeysAccess(ServerSettings settings, Option<bool> json, TextWriter output)
{
    /// <summary>Where the keys are, to be typed after another <c>keys</c> command; what opens the store is left to be filled in.</summary>
    public string Place(ParseResult parsed) => string.Concat(settings.Of(parsed).Select(setting =>
    {
        var shown = setting.Name.Contains("connection", StringComparison.OrdinalIgnoreCase) ? "…" : setting.Value;
        return $" {setting.Name}={(shown.All(letter => char.IsAsciiLetterOrDigit(letter) || "/._-".Contains(letter)) ? shown : $"'{shown.Replace("'", @"'\''")}'")}";
    }));

    /// <summary>Does some work with the store. Only a new key may make a folder: a list of a mistyped one should say so.</summary>
    /// <exception cref="CommandException">The store can't be what it is said to be, or does not answer.</exception>
    public async Task<int> RunAsync(ParseResult parsed, bool create, Func<IKeyStore, KeysReport, Task> work)
    {
        try
        {
            var (storage, data) = settings.StoreOf(parsed);
            using var keys = storage.Provider == StorageOptions.AzureTables
                ? OpenedKeys.InTables(storage.Tables)
                : OpenedKeys.InFolder(data, create);
            await work(keys.Store, new KeysReport(output, parsed.GetValue(json), Place(parsed)));
            return 0;
        }
        catch (Exception failure) when (failure is StorageException or ValidationException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" })
        {
            throw new CommandException(failure.Message);
        }
    }
}
