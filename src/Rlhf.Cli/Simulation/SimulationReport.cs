using System.Globalization;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;
using Spectre.Console;

namespace Rlhf.Cli.Simulation;

/// <summary>How a simulation's figures are shown.</summary>
internal static class SimulationReport
{
    /// <summary>A round in one line, as soon as it is over.</summary>
    public static string Line(TrainedRound round)
    {
        var line = Format($"round {round.Number}: {(double)round.Up / round.Feedback:P0} of {round.Feedback} replies liked, then {round.Job.Version} was {round.Job.Outcome}");
        return round.Job.Outcome == FinishedJob.Published ? line : $"{line}: {round.Job.Reason}";
    }

    public static void Show(SimulationResult result, Screen screen)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["round", "version", "gold", "win rate", "95 %", "KL", "feedback (liked)", "seconds"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddRow("base", "base", Format($"{result.BaseGold:0.000}"), "", "", "", "", "");
        foreach (var round in result.Rounds)
        {
            table.AddRow(
                Format($"{round.Training.Number}"),
                Markup.Escape(Served(round)),
                Format($"{round.Gold:0.000}"),
                Format($"{round.WinRate.Mean:P1}"),
                Format($"{round.WinRate.Low:P1} – {round.WinRate.High:P1}"),
                round.Training.Kl is { } kl ? Format($"{kl:0.00}") : "?",
                Format($"{round.Training.Feedback} ({round.Training.Up})"),
                Format($"{round.Training.Seconds:0.0}"));
        }

        if (result.BestOf is { } best)
        {
            table.AddRow(
                "",
                Markup.Escape(Named(best)),
                Format($"{best.Gold:0.000}"),
                Format($"{best.WinRate.Mean:P1}"),
                Format($"{best.WinRate.Low:P1} – {best.WinRate.High:P1}"),
                "", "", "");
        }

        screen.Show(table);
        screen.Line($"mean gold reward of the taste '{result.Taste}' on held-out prompts");
        foreach (var bar in BarPlot.Render([("base", result.BaseGold), .. result.Rounds.Select(r => (Format($"round {r.Training.Number}"), r.Gold))]))
        {
            screen.Line(bar);
        }

        if (result.BestOf is { } chosen)
        {
            screen.Line(Format($"{Named(chosen)} beats {chosen.Version}'s only reply on {chosen.OverOne.Mean:P1} of the prompts ({chosen.OverOne.Low:P1} – {chosen.OverOne.High:P1})"));
        }

        if (result.Shapes is { } shapes)
        {
            screen.Line(Format($"replies to held-out prompts have {shapes.Base.Words:0.0} words and a distinct-2 of {shapes.Base.Distinct2:0.000} with the base, {shapes.Last.Words:0.0} and {shapes.Last.Distinct2:0.000} with {result.Rounds[^1].Version}"));
        }

        foreach (var component in result.Components.Count > 1 ? result.Components : [])
        {
            screen.Line(Format($"reward/{component.Name}, weight {component.Weight:0.###}: {component.Before:0.000} in the first iteration, {component.After:0.000} in the last"));
        }

        screen.Line(Format($"{result.Seconds:0.0} s in all"));
    }

    /// <summary>The figures for <c>--json</c>. The win rate is the last round's; each round's own stands under <c>rounds</c>.</summary>
    public static object Figures(SimulationResult result)
    {
        var last = result.Rounds[^1];
        return new
        {
            result.Taste,
            Gold = (double[])[result.BaseGold, .. result.Rounds.Select(r => r.Gold)],
            WinRate = last.WinRate.Mean,
            WinRateLow = last.WinRate.Low,
            WinRateHigh = last.WinRate.High,
            Kl = result.Rounds.Select(r => r.Training.Kl).ToArray(),
            Feedback = result.Rounds.Sum(r => r.Training.Feedback),
            result.Seconds,
            BestOf = result.BestOf is not { } best ? null : new
            {
                best.Replies,
                best.Version,
                best.Gold,
                WinRate = best.WinRate.Mean,
                WinRateLow = best.WinRate.Low,
                WinRateHigh = best.WinRate.High,
                OverOne = best.OverOne.Mean,
                OverOneLow = best.OverOne.Low,
                OverOneHigh = best.OverOne.High,
            },
            BaseReplies = result.Shapes?.Base,
            LastReplies = result.Shapes?.Last,
            result.Components,
            Versions = result.Rounds.Select(r => r.Version).ToArray(),
            Rounds = result.Rounds.Select(r => new
            {
                Round = r.Training.Number,
                r.Version,
                r.Training.Job.Outcome,
                r.Training.Job.Reason,
                r.Gold,
                WinRate = r.WinRate.Mean,
                WinRateLow = r.WinRate.Low,
                WinRateHigh = r.WinRate.High,
                r.Training.Kl,
                r.Training.Feedback,
                r.Training.Up,
                r.Training.Seconds,
                r.Training.Job.Metrics,
            }).ToArray(),
        };
    }

    private static string Named(BestOfResult best) => $"{best.Version}, best of {best.Replies}";

    private static string Served(RoundResult round) =>
        round.Training.Job.Outcome == FinishedJob.Published ? round.Version : $"{round.Version} ({round.Training.Job.Version} {round.Training.Job.Outcome})";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
