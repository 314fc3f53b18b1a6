using System.Globalization;
using Rlhf.Cli.Output;
using Spectre.Console;

namespace Rlhf.Cli.Simulation;

/// <summary>How a simulation's figures are shown.</summary>
internal static class SimulationReport
{
    /// <summary>One round in one line.</summary>
    public static string Line(RoundResult round)
    {
        var line = Format($"round {round.Round}: {round.Version}, gold {round.Gold:0.000}, win rate {round.WinRate.Mean:P1} [{round.WinRate.Low:P1}, {round.WinRate.High:P1}]");
        return round.Published ? line : $"{line}; the candidate was {round.Outcome}: {round.Reason}";
    }

    public static void Show(SimulationResult result, Screen screen)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["round", "version", "gold", "win rate", "95 %", "KL", "thumbs (up)", "seconds"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddRow("base", "base", Format($"{result.BaseGold:0.000}"), "", "", "", "", "");
        foreach (var round in result.Rounds)
        {
            table.AddRow(
                Format($"{round.Round}"),
                Markup.Escape(round.Published ? round.Version : $"{round.Version} ({round.Outcome})"),
                Format($"{round.Gold:0.000}"),
                Format($"{round.WinRate.Mean:P1}"),
                Format($"{round.WinRate.Low:P1} – {round.WinRate.High:P1}"),
                round.Kl is { } kl ? Format($"{kl:0.00}") : "?",
                Format($"{round.Feedback} ({round.Up})"),
                Format($"{round.Seconds:0.0}"));
        }

        screen.Show(table);
        screen.Line($"mean gold reward of the taste '{result.Taste}' on held-out prompts");
        foreach (var bar in BarPlot.Render([("base", result.BaseGold), .. result.Rounds.Select(r => (Format($"round {r.Round}"), r.Gold))]))
        {
            screen.Line(bar);
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
            Kl = result.Rounds.Select(r => r.Kl).ToArray(),
            Feedback = result.Rounds.Sum(r => r.Feedback),
            result.Seconds,
            Versions = result.Rounds.Select(r => r.Version).ToArray(),
            Rounds = result.Rounds.Select(r => new
            {
                r.Round,
                r.Version,
                r.Outcome,
                r.Reason,
                r.Gold,
                WinRate = r.WinRate.Mean,
                WinRateLow = r.WinRate.Low,
                WinRateHigh = r.WinRate.High,
                r.Kl,
                r.Feedback,
                r.Up,
                r.Seconds,
            }).ToArray(),
        };
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
