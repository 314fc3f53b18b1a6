using System.CommandLine;
using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Evaluate;

/// <summary><c>evaluate perplexity</c>: how well a model foretells dialogues that training held out.</summary>
internal static class PerplexityCommand
{
    public static Command Create(Screen screen)
    {
        var model = new Option<string>("--model") { Description = "Folder of the model.", HelpName = "DIR", Required = true };
        var data = new Option<string>("--data") { Description = "A file of dialogues, one JSON object a line, plain or .gz; only held-out ones are read.", HelpName = "FILE", Required = true };
        var split = new Option<string?>("--split") { Description = "Only ids of this split, such as dev or test.", HelpName = "NAME" };
        var most = CommonOptions.Number("--dialogues", "At most so many dialogues, the first in the file.", 1_000_000, 1, 1_000_000);
        var threads = CommonOptions.Number("--threads", "Batches measured side by side.", 2, 1, 1024);
        var json = CommonOptions.Json();
        var command = new Command("perplexity", "Measure a model on the dialogues that training holds out.") { model, data, split, most, threads, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var wanted = parsed.GetValue(split);
            var dialogues = DialogueReader.Read(parsed.GetRequiredValue(data))
                .Where(dialogue => dialogue.HeldOut && (wanted is null || dialogue.Split == wanted))
                .Take(parsed.GetValue(most))
                .ToArray();
            if (dialogues.Length == 0)
            {
                throw CommandException.Misuse($"{parsed.GetValue(data)} holds no held-out dialogue{(wanted is null ? "" : $" of the split '{wanted}'")}.");
            }

            var loaded = BaseModel.Load(parsed.GetRequiredValue(model));
            var measured = await Task.Factory.StartNew(
                () => Perplexity.Measure(loaded, dialogues, parsed.GetValue(threads), cancellation),
                CancellationToken.None,
                TaskCreationOptions.LongRunning, // Torch keeps its modes and its thread count per thread.
                TaskScheduler.Default);
            screen.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"perplexity {measured.All:F2} a token, {measured.Assistant:F2} on the assistant's own ({measured.Dialogues} dialogues, {measured.Tokens} tokens)"));
            FiguresFile.Write(figures, measured);
            return 0;
        });
        return command;
    }
}
