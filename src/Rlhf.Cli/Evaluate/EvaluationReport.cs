using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Learning.Evaluation;
using Spectre.Console;

namespace Rlhf.Cli.Evaluate;

/// <summary>How the figures of an evaluation are shown.</summary>
internal static class EvaluationReport
{
    public static void Show(RewardEvaluationReport report, Screen screen)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("scorer", "held-out figure");
        table.AddColumn(new TableColumn("mean").RightAligned());
        for (var fold = 1; fold <= report.RewardModel.Auroc.Folds.Count; fold++)
        {
            table.AddColumn(new TableColumn(Format($"fold {fold}")).RightAligned());
        }

        Add(table, "reward model", report.RewardModel);
        Add(table, "linear probe on the bare trunk", report.LinearProbe);
        Add(table, "bag of n-grams", report.NGrams);
        screen.Show(table);
    }

    /// <summary>The figures for <c>--json</c>.</summary>
    public static object Figures(RewardEvaluationReport report, double seconds) => new
    {
        Auroc = Figure(report.RewardModel.Auroc),
        AurocText = Figure(report.RewardModel.AurocByKind.GetValueOrDefault("text")),
        AurocCall = Figure(report.RewardModel.AurocByKind.GetValueOrDefault("call")),
        Accuracy = Figure(report.RewardModel.Accuracy),
        Seconds = seconds,
        Baselines = new { LinearProbe = Baseline(report.LinearProbe), NGrams = Baseline(report.NGrams) },
    };

    private static object Baseline(RewardFigures figures) => new
    {
        Auroc = Figure(figures.Auroc),
        AurocText = Figure(figures.AurocByKind.GetValueOrDefault("text")),
        AurocCall = Figure(figures.AurocByKind.GetValueOrDefault("call")),
        Accuracy = Figure(figures.Accuracy),
    };

    // JSON has no NaN: a figure that no fold could have is null.
    private static object? Figure(FoldFigure? figure) =>
        figure is null ? null : new { Mean = Number(figure.Mean), Folds = figure.Folds.Select(Number).ToArray() };

    private static double? Number(double value) => double.IsFinite(value) ? value : null;

    private static void Add(Table table, string scorer, RewardFigures figures)
    {
        Row("AUROC, all", figures.Auroc, scorer);
        foreach (var (kind, figure) in figures.AurocByKind.OrderByDescending(kind => kind.Key, StringComparer.Ordinal))
        {
            Row($"AUROC, {kind}", figure, "");
        }

        Row("accuracy, all", figures.Accuracy, "");

        void Row(string name, FoldFigure figure, string first) =>
            table.AddRow([first, Markup.Escape(name), Cell(figure.Mean), .. figure.Folds.Select(Cell)]);
    }

    private static string Cell(double value) => double.IsFinite(value) ? Format($"{value:0.000}") : "–";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
