using System.CommandLine;
using Rlhf.Cli.Output;
using Rlhf.Cli.Thumbs;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Cli.Evaluate;

/// <summary><c>evaluate reward</c>: how well the reward model foretells human thumbs that it has not seen.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Screen screen)
    {
        var data = new Option<string>("--data") { Description = "Recorded thumbs, one JSON object a line, plain or .gz.", HelpName = "FILE", Required = true };
        var folds = CommonOptions.Number("--folds", "Parts that are held out in turn; conversations stay whole.", 5, 2, 100);
        var model = new Option<string?>("--model") { Description = "The base model whose reward model is trained; the demo model by default.", HelpName = "DIR" };
        var threads = CommonOptions.Number("--threads", "Threads of an operator; 0 takes one a core.", 0, 0, 1024);
        var seed = SharedOptions.Seed();
        var json = CommonOptions.Json();
        var reward = new Command("reward", "Train the reward model on recorded thumbs and measure it on those held out.") { data, folds, model, seed, threads, json };
        reward.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var replies = Read(parsed.GetRequiredValue(data), screen);
            var trunk = BaseModel.Load(parsed.GetValue(model) ?? SharedOptions.DemoModel());
            var evaluation = new RewardEvaluation(trunk, new RewardOptions(), parsed.GetValue(threads));
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var report = await screen.WatchAsync($"training on {replies.Count} thumbs", show => Task.Factory.StartNew(
                () => evaluation.Evaluate(replies, parsed.GetValue(folds), parsed.GetValue(seed), new FoldReporter(show), cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning, // Torch keeps its modes and its thread count per thread.
                TaskScheduler.Default));
            EvaluationReport.Show(report, screen);
            FiguresFile.Write(figures, EvaluationReport.Figures(report, watch.Elapsed.TotalSeconds));
            return 0;
        });
        return new Command("evaluate", "Measure what the server learns with.") { reward, PerplexityCommand.Create(screen), RatersCommand.Create(screen), CanaryCommand.Create(screen) };
    }

    private static List<JudgedReply> Read(string file, Screen screen)
    {
        var replies = new List<JudgedReply>();
        foreach (var (number, thumb, error) in ThumbsFile.Read(file))
        {
            if (thumb is null)
            {
                screen.Line($"line {number} {error}; skipped");
                continue;
            }

            var group = thumb.Group ?? thumb.Messages.FirstOrDefault(m => m.Role == "user")?.Content ?? thumb.Id;
            var judged = new ThumbedReply([.. thumb.Messages.Select(m => (m.Role, m.Content))], thumb.Completion, thumb.Thumbs == "up", Weight: 1, group);
            replies.Add(new JudgedReply(judged, thumb.Kind ?? "text"));
        }

        return replies.Count > 0 ? replies : throw CommandException.Misuse($"{file} holds no thumbs.");
    }

    private sealed class FoldReporter(Action<double, string> show) : IProgress<RewardEvaluationProgress>
    {
        public void Report(RewardEvaluationProgress value) => show(
            (double)value.Fold / value.Folds,
            FormattableString.Invariant($"fold {value.Fold} of {value.Folds}") + (double.IsNaN(value.Auroc) ? "" : FormattableString.Invariant($", AUROC {value.Auroc:0.000}")));
    }
}
