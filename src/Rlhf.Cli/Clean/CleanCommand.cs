using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Rlhf.Cli.Output;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Cli.Clean;

/// <summary><c>clean</c>: dialogues that are worth training on.</summary>
internal static class CleanCommand
{
    public static Command Create(Screen screen)
    {
        var defaults = new CleaningOptions();
        var files = new Argument<string[]>("files") { Description = "Dialogues, one JSON object a line, plain or .gz.", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output") { Description = "The clean file; of several files the folder of the clean ones. Without it, NAME.clean.jsonl beside each.", HelpName = "PATH" };
        var languages = CommonOptions.Several("--languages", "Keep these languages and what can't be told.", LanguageGuess.Known, language => language, []);
        var similarity = CommonOptions.Number("--similarity", "Similarity from which dialogues are near duplicates; 1 leaves only exact ones.", defaults.Similarity, 0.5, 1);
        var window = CommonOptions.Number("--window", "Kept dialogues that a new one is compared with; bounds the memory, about 1.7 KiB each.", defaults.Window, 1, 100_000_000);
        var leastMessages = CommonOptions.Number("--least-messages", "Fewest messages of a dialogue.", defaults.LeastMessages, 1, 10_000);
        var leastCharacters = CommonOptions.Number("--least-characters", "Fewest characters of a dialogue.", defaults.LeastCharacters, 0, 1_000_000);
        var mostCharacters = CommonOptions.Number("--most-characters", "Most characters of a dialogue.", defaults.MostCharacters, 1, 100_000_000);
        var personal = new Option<bool>("--keep-personal-data") { Description = "Masks no e-mail addresses, phone numbers, cards, IBANs, IP addresses and social security numbers." };
        var json = CommonOptions.Json();
        var command = new Command("clean", "Clean dialogues for training: mend texts, mask personal data, drop what is broken, too short, too long or said before.")
        {
            files, output, languages, similarity, window, leastMessages, leastCharacters, mostCharacters, personal, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var options = new CleaningOptions
            {
                Languages = languages.Of(parsed),
                Similarity = parsed.GetValue(similarity),
                Window = parsed.GetValue(window),
                LeastMessages = parsed.GetValue(leastMessages),
                LeastCharacters = parsed.GetValue(leastCharacters),
                MostCharacters = parsed.GetValue(mostCharacters),
                MaskPersonalData = !parsed.GetValue(personal),
            };
            try
            {
                options.Validate();
            }
            catch (ValidationException error)
            {
                throw CommandException.Misuse(error.Message);
            }

            var report = await CleaningRun.RunAsync(OutputsOf(parsed.GetRequiredValue(files), parsed.GetValue(output)), options, screen, cancellationToken);
            CleaningSummary.Show(report, screen);
            FiguresFile.Write(figures, CleaningSummary.Figures(report));
            return 0;
        });
        return command;
    }

    /// <summary>The file that each one is cleaned into, in a folder or beside it.</summary>
    /// <exception cref="CommandException">A file is not there, two would become one, or one would be overwritten.</exception>
    public static IReadOnlyDictionary<string, string> OutputsOf(IReadOnlyList<string> files, string? output)
    {
        var outputs = new Dictionary<string, string>();
        var intoFolder = output is not null && (files.Count > 1 || Directory.Exists(output) || Path.EndsInDirectorySeparator(output));
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw CommandException.Misuse($"There is no file {file}.");
            }

            var clean = intoFolder ? Path.Combine(output!, Path.GetFileName(file)) : output ?? Beside(file);
            if (outputs.Keys.Append(file).Any(input => Path.GetFullPath(input) == Path.GetFullPath(clean)))
            {
                throw CommandException.Misuse($"{clean} would be overwritten while it is read; name another --output.");
            }

            if (outputs.ContainsValue(clean) || !outputs.TryAdd(file, clean))
            {
                throw CommandException.Misuse($"Two files would be cleaned into {clean}; give each a name of its own.");
            }
        }

        if (intoFolder)
        {
            Directory.CreateDirectory(output!);
        }

        return outputs;
    }

    private static string Beside(string file)
    {
        var name = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        return $"{Path.ChangeExtension(name, null)}.clean.jsonl{file[name.Length..]}";
    }
}
