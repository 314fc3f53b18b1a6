using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Verify;

/// <summary><c>verify</c>: looks through everything that a server keeps, whether it runs or not.</summary>
public static class VerifyCommand
{
    private const string Description = "Looks for damage in what a server keeps, whether it runs or not: the database's file, the ledger's checksums, turns, the states of grains, adapters and reward models.";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The words after <c>verify</c>.</param>
    /// <param name="output">What was found.</param>
    /// <param name="error">What went wrong, in one line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: 0 when everything holds, 1 when something is damaged or could not be looked at, 2 when it was called wrongly.</returns>
    public static Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var settings = ServerSettings.OfStore(arguments);
        var json = new Option<bool>("--json") { Description = "Answers in JSON." };
        var verify = new Command("verify", Description) { json };
        settings.AddTo(verify);
        verify.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var (storage, data) = settings.StoreOf(parsed);
                var found = storage.Provider == StorageOptions.AzureTables
                    ? await StoreVerification.OfTablesAsync(storage.Tables, cancel)
                    : await StoreVerification.OfFolderAsync(data, cancel);
                Tell(found, output, parsed.GetValue(json));
                return found.Damaged == 0 ? 0 : 1;
            }
            catch (Exception failure) when (failure is StorageException or ValidationException)
            {
                throw new CommandException(failure.Message);
            }
        });
        return CommandLine.RunAsync(CommandLine.FrontDoor(verify), [verify.Name, .. settings.Words], error, output, cancellationToken: cancellationToken);
    }

    private static void Tell(StoreVerification found, TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { events = found.Events, versions_files = found.Parts, turns = found.Turns, states = found.States, damaged = found.Damaged, damage = found.Damage }));
            return;
        }

        foreach (var damage in found.Damage)
        {
            output.WriteLine(damage);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Events:N0} events of the ledger hold from the first one on; {found.Turns:N0} turns, {found.States:N0} states of grains and {found.Parts} files of versions were looked at; {(found.Damaged == 0 ? "nothing is damaged" : $"{found.Damaged:N0} things are damaged")}"));
    }
}
