using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Cli.Train;

/// <summary>Runs a training on a thread of its own, shows how it goes, and writes its figures.</summary>
internal sealed class TrainingSession(Screen screen, string title)
{
    private sealed class Reporter(Action<TrainingReport> report) : IProgress<TrainingReport>
    {
        public void Report(TrainingReport value) => report(value);
    }

    public async Task<int> RunAsync(FileInfo? json, Func<IProgress<TrainingReport>, TrainingReport> train)
    {
        FiguresFile.Check(json);
        var curve = new List<TrainingReport>();
        var last = await screen.WatchAsync(title, watch => Task.Factory.StartNew(
            () => Train(train, new Reporter(report => Show(report, watch, curve))),
            CancellationToken.None,
            TaskCreationOptions.LongRunning, // Torch keeps its modes and its thread count per thread.
            TaskScheduler.Default));
        FiguresFile.Write(json, new
        {
            last.Steps,
            last.Tokens,
            Seconds = last.Elapsed.TotalSeconds,
            last.DroppedSteps,
            last.HeldOutPerplexity,
            Curve = curve.Select(report => new { report.Step, report.Tokens, report.Loss, report.TokensPerSecond, report.HeldOutPerplexity }).ToArray(),
        });
        return 0;
    }

    // What training refuses is told in one line, as every command does.
    private static TrainingReport Train(Func<IProgress<TrainingReport>, TrainingReport> train, IProgress<TrainingReport> progress)
    {
        try
        {
            return train(progress);
        }
        catch (Exception e) when (e is ValidationException or ArgumentException)
        {
            throw CommandException.Misuse(e.Message);
        }
        catch (Exception e) when (e is ArithmeticException or InvalidOperationException)
        {
            throw new CommandException(e.Message);
        }
    }

    private void Show(TrainingReport report, Action<double, string> watch, List<TrainingReport> curve)
    {
        curve.Add(report);
        watch((double)report.Step / report.Steps, string.Create(
            CultureInfo.InvariantCulture,
            $"step {report.Step}/{report.Steps}, loss {report.Loss:F3}, {report.TokensPerSecond:N0} tokens/s, {report.Left:h\\:mm\\:ss} left"));
        if (report.HeldOutPerplexity.Count > 0)
        {
            var measured = report.HeldOutPerplexity.Select(source => string.Create(CultureInfo.InvariantCulture, $"{source.Key} {source.Value:F2}"));
            screen.Line($"step {report.Step}: held-out perplexity {string.Join(", ", measured)}");
        }
    }
}
