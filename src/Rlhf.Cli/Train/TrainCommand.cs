using System.CommandLine;
using Rlhf.Cli.Output;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Cli.Train;

/// <summary><c>train base</c> and <c>train sft</c>: a small model from dialogues, then a model that answers.</summary>
internal static class TrainCommand
{
    public static Command Create(Screen screen) => new("train", "Train a base model and tune it on dialogues.") { Base(screen), FineTuning(screen) };

    private static Command Base(Screen screen)
    {
        var shared = new TrainingArguments(learningRate: 2e-3);
        var rows = CommonOptions.Number("--rows", "Rows of a batch.", 4, 1, 4096);
        var vocabulary = CommonOptions.Number("--vocabulary", "Tokens of the vocabulary, learned from the dialogues.", 4096, 300, 1_000_000);
        var hidden = CommonOptions.Number("--hidden", "Width of the model.", 256, 8, 65_536);
        var layers = CommonOptions.Number("--layers", "Layers.", 5, 1, 256);
        var heads = CommonOptions.Number("--heads", "Query heads.", 8, 1, 256);
        var keyValueHeads = CommonOptions.Number("--kv-heads", "Key and value heads.", 4, 1, 256);
        var intermediate = CommonOptions.Number("--intermediate", "Width inside the feed-forward part.", 640, 8, 262_144);
        var context = CommonOptions.Number("--context", "Longest sequence in tokens; rows of a batch are as long.", 512, 16, 131_072);
        var command = new Command("base", "Pretrain a small model on all tokens of dialogues. A stopped run goes on where it was.")
        {
            rows, vocabulary, hidden, layers, heads, keyValueHeads, intermediate, context,
        };
        shared.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new PretrainingOptions
            {
                Sources = await shared.SourcesAsync(parsed, screen, cancellation),
                Steps = parsed.GetRequiredValue(shared.Steps),
                LearningRate = parsed.GetValue(shared.LearningRate),
                WarmupSteps = parsed.GetValue(shared.Warmup),
                CheckpointEvery = parsed.GetValue(shared.CheckpointEvery),
                Seed = parsed.GetValue(shared.Seed),
                Threads = parsed.GetValue(shared.Threads),
                Rows = parsed.GetValue(rows),
                Shape = new ModelShape
                {
                    Vocabulary = parsed.GetValue(vocabulary),
                    Hidden = parsed.GetValue(hidden),
                    Layers = parsed.GetValue(layers),
                    Heads = parsed.GetValue(heads),
                    KeyValueHeads = parsed.GetValue(keyValueHeads),
                    Intermediate = parsed.GetValue(intermediate),
                    Context = parsed.GetValue(context),
                },
            };
            return await new TrainingSession(screen, "pretraining").RunAsync(
                parsed.GetValue(shared.Json),
                progress => new Pretraining(options).Run(parsed.GetRequiredValue(shared.Output), progress, cancellation));
        });
        return command;
    }

    private static Command FineTuning(Screen screen)
    {
        var shared = new TrainingArguments(learningRate: 3e-4);
        var model = new Option<string>("--model") { Description = "Folder of the model to start from.", HelpName = "DIR", Required = true };
        var tokens = CommonOptions.Number("--batch-tokens", "Most tokens of a batch, padding included.", 4096, 16, 1_000_000);
        var command = new Command("sft", "Tune a model on the assistant's side of dialogues. A stopped run goes on where it was.") { model, tokens };
        shared.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new FineTuningOptions
            {
                Model = parsed.GetRequiredValue(model),
                Sources = await shared.SourcesAsync(parsed, screen, cancellation),
                Steps = parsed.GetRequiredValue(shared.Steps),
                LearningRate = parsed.GetValue(shared.LearningRate),
                WarmupSteps = parsed.GetValue(shared.Warmup),
                CheckpointEvery = parsed.GetValue(shared.CheckpointEvery),
                Seed = parsed.GetValue(shared.Seed),
                Threads = parsed.GetValue(shared.Threads),
                BatchTokens = parsed.GetValue(tokens),
            };
            return await new TrainingSession(screen, "fine-tuning").RunAsync(
                parsed.GetValue(shared.Json),
                progress => new SupervisedFineTuning(options).Run(parsed.GetRequiredValue(shared.Output), progress, cancellation));
        });
        return command;
    }
}
