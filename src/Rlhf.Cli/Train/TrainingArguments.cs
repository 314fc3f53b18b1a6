using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rlhf.Cli.Clean;
using Rlhf.Cli.Output;
using Rlhf.Learning.Data;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Cli.Train;

/// <summary>What both kinds of training are told.</summary>
internal sealed class TrainingArguments(double learningRate)
{
    public Option<DialogueSource[]> Data { get; } = new("--data")
    {
        Description = "A file of dialogues, one JSON object a line, plain or .gz; FILE=3 shows each three times an epoch, FILE=0.5 every other. May be given again.",
        HelpName = "FILE[=COPIES]",
        Required = true,
        CustomParser = Sources,
    };

    public Option<string> Output { get; } = new("--output") { Description = "Folder of the trained model; a stopped run in it goes on.", HelpName = "DIR", Required = true };

    public Option<int> Steps { get; } = new("--steps") { Description = "Steps of the optimiser.", HelpName = "N", Required = true };

    public Option<double> LearningRate { get; } = CommonOptions.Number("--learning-rate", "Highest learning rate; it falls to zero by the last step.", learningRate, 1e-7, 1);

    public Option<int> Warmup { get; } = CommonOptions.Number("--warmup", "Steps over which the learning rate rises.", 50, 0, 100_000);

    public Option<int> CheckpointEvery { get; } = CommonOptions.Number("--checkpoint-every", "Steps between two checkpoints.", 250, 1, 1_000_000);

    public Option<int> Threads { get; } = CommonOptions.Number("--threads", "Threads of an operator.", 2, 1, 1024);

    public Option<ulong> Seed { get; } = SharedOptions.Seed();

    public Option<bool> Clean { get; } = new("--clean") { Description = "Cleans the dialogues first, as 'clean' does without options, into the folder 'cleaned' of the output." };

    public Option<FileInfo?> Json { get; } = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Data, Output, Steps, LearningRate, Warmup, CheckpointEvery, Threads, Seed, Clean, Json])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The dialogues to train on: the files that were named, or clean ones made of them.</summary>
    public async Task<IReadOnlyList<DialogueSource>> SourcesAsync(ParseResult parsed, Screen screen, CancellationToken cancellationToken)
    {
        var sources = parsed.GetRequiredValue(Data);
        if (!parsed.GetValue(Clean))
        {
            return sources;
        }

        FiguresFile.Check(parsed.GetValue(Json));
        var folder = Path.Combine(parsed.GetRequiredValue(Output), "cleaned");
        Directory.CreateDirectory(folder);
        var outputs = CleanCommand.OutputsOf([.. sources.Select(source => source.Path).Distinct()], folder);
        CleaningSummary.Show(await CleaningRun.RunAsync(outputs, new CleaningOptions(), screen, cancellationToken), screen);
        return [.. sources.Select(source => source with { Path = outputs[source.Path] })];
    }

    private static DialogueSource[] Sources(ArgumentResult result)
    {
        var sources = new List<DialogueSource>();
        foreach (var token in result.Tokens)
        {
            var equals = token.Value.LastIndexOf('=');
            var path = equals < 0 ? token.Value : token.Value[..equals];
            var copies = 1.0;
            if (equals >= 0 && (!double.TryParse(token.Value[(equals + 1)..], CultureInfo.InvariantCulture, out copies) || copies is not (> 0 and <= 1000)))
            {
                result.AddError($"--data is '{token.Value}'; behind '=' there must be a number above 0, at most 1000.");
            }
            else if (!File.Exists(path))
            {
                result.AddError($"--data names '{path}'; there is no such file.");
            }

            sources.Add(new DialogueSource(path, copies));
        }

        return [.. sources];
    }
}
