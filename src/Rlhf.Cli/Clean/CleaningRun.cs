using Rlhf.Cli.Output;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Cli.Clean;

/// <summary>Cleans files into others, which appear when all of them are whole.</summary>
internal static class CleaningRun
{
    private const int ReportEvery = 1000;

    /// <param name="outputs">The file that each one is cleaned into.</param>
    /// <param name="options">What a dialogue must be.</param>
    /// <param name="screen">Shows how far it is.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="CommandException">Nothing is left, or an output can't be written.</exception>
    public static async Task<CleaningReport> RunAsync(IReadOnlyDictionary<string, string> outputs, CleaningOptions options, Screen screen, CancellationToken cancellationToken)
    {
        var cleaner = new DialogueCleaner(options);
        var writers = new Dictionary<string, WholeFile>();
        try
        {
            await screen.WatchAsync("cleaning", report => Task.Run(
                () =>
                {
                    foreach (var (input, output) in outputs)
                    {
                        writers[input] = WholeFile.Create(output);
                    }

                    foreach (var (file, line) in CleaningPass.Run([.. outputs.Keys], cleaner, cancellationToken))
                    {
                        writers[file].Line(line);
                        if (cleaner.Report.Kept % ReportEvery == 0)
                        {
                            report(0, $"{cleaner.Report.Read:N0} read, {cleaner.Report.Kept:N0} kept");
                        }
                    }

                    if (cleaner.Report.Kept == 0)
                    {
                        var reasons = cleaner.Report.Dropped.Select(reason => $"{CleaningSummary.NameOf(reason.Key)} {reason.Value.Count} (such as {reason.Value.Samples[0].Place}: {reason.Value.Samples[0].Detail})");
                        throw new CommandException($"Of {cleaner.Report.Read} lines none is left: {string.Join(", ", reasons)}. Nothing was written.");
                    }

                    foreach (var writer in writers.Values)
                    {
                        writer.Finish();
                    }

                    return true;
                },
                cancellationToken));
            return cleaner.Report;
        }
        finally
        {
            foreach (var writer in writers.Values)
            {
                writer.Dispose();
            }
        }
    }
}
