using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learner.Manifests;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Pipeline;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Reproduce;

/// <summary><c>reproduce</c>: trains a version again from its manifest and says whether the adapter is the same to the bit.</summary>
public static class ReproduceCommand
{
    private const string Description = "Trains a version again from its manifest and what the store holds of its inputs, in a scratch folder, and says whether the adapter is the same to the bit. The store, a backup's folder among them, is only read, whether a server runs on it or not.";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The words after <c>reproduce</c>.</param>
    /// <param name="output">Whether the adapters are the same, and what differs.</param>
    /// <param name="error">Progress, and what went wrong in one line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code: 0 when the adapter is the same to the bit, 1 when it differs or could not be trained again, 2 when it was called wrongly.</returns>
    public static Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var settings = ServerSettings.OfStoreAndModel(arguments);
        var version = new Argument<string>("version") { Description = "The version, such as v3.", HelpName = "VERSION" };
        var json = new Option<bool>("--json") { Description = "Answers in JSON." };
        var command = new Command("reproduce", Description) { version, json };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var scratch = Directory.CreateTempSubdirectory("rlhf-reproduce-");
            try
            {
                var (storage, data) = settings.StoreOf(parsed);
                var model = BaseModel.Load(settings.ModelOf(parsed));
                using var store = storage.Provider == StorageOptions.AzureTables ? OpenedStore.InTables(storage.Tables) : OpenedStore.InFolder(data);
                var result = await new Reproduction(store, model, scratch.FullName).RunAsync(parsed.GetRequiredValue(version), new Lines(error), cancel);
                Tell(result, output, parsed.GetValue(json));
                return result.Same ? 0 : 1;
            }
            catch (Exception failure) when (failure is StorageException or ValidationException or ArgumentException or NonFiniteTrainingException)
            {
                throw new CommandException(failure.Message);
            }
            finally
            {
                scratch.Delete(recursive: true); // people's words are in it
            }
        });
        return CommandLine.RunAsync(CommandLine.FrontDoor(command), [command.Name, .. settings.Words], error, output, Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private static void Tell(ReproductionResult result, TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { version = result.Version, same = result.Same, expected = result.Expected, found = result.Found, differences = result.Differences }));
            return;
        }

        output.WriteLine(result.Same
            ? $"{result.Version}: the same adapter to the bit, SHA-256 {result.Found}"
            : $"{result.Version}: another adapter, SHA-256 {result.Found}; the version's is {result.Expected}");
        foreach (var difference in result.Differences)
        {
            output.WriteLine($"differs: {difference}");
        }
    }

    /// <summary>A line for each stage.</summary>
    private sealed class Lines(TextWriter lines) : IProgress<TrainingProgress>
    {
        private string? _stage;

        public void Report(TrainingProgress value)
        {
            if (value.Stage != _stage)
            {
                _stage = value.Stage;
                lines.WriteLine(string.Create(CultureInfo.InvariantCulture, $"training again: {value.Stage}"));
            }
        }
    }
}
