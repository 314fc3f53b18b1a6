using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.RewardModel;
using Spectre.Console;

namespace Rlhf.Cli.Evaluate;

/// <summary>How the figures of an evaluation are shown.</summary>
internal static class EvaluationReport
{
    public static void Show(RewardEvaluationReport report, Screen screen)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("scorer", "held-out figure");
        table.AddColumn(new TableColumn("mean").RightAligned());
        for (var fold = 1; fold <= report.RewardModel.All.Auroc.Folds.Count; fold++)
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
        Auroc = Figure(report.RewardModel.All.Auroc),
        AurocText = Figure(Kind(report.RewardModel, "text")?.Auroc),
        AurocCall = Figure(Kind(report.RewardModel, "call")?.Auroc),
        Accuracy = Figure(report.RewardModel.All.Accuracy),
        AccuracyText = Figure(Kind(report.RewardModel, "text")?.Accuracy),
        AccuracyCall = Figure(Kind(report.RewardModel, "call")?.Accuracy),
        Seconds = seconds,
        Baselines = new { LinearProbe = Baseline(report.LinearProbe), NGrams = Baseline(report.NGrams) },
    };

    private static object Baseline(RewardFigures figures) => new
    {
        Auroc = Figure(figures.All.Auroc),
        AurocText = Figure(Kind(figures, "text")?.Auroc),
        AurocCall = Figure(Kind(figures, "call")?.Auroc),
        Accuracy = Figure(figures.All.Accuracy),
    };

    private static KindFigures? Kind(RewardFigures figures, string kind) => figures.ByKind.GetValueOrDefault(kind);

    // JSON has no NaN: a figure that no fold could have is null.
    private static object? Figure(FoldFigure? figure) =>
        figure is null ? null : new { Mean = Number(figure.Mean), Folds = figure.Folds.Select(Number).ToArray() };

    private static double? Number(double value) => double.IsFinite(value) ? value : null;

    private static void Add(Table table, string scorer, RewardFigures figures)
    {
        var first = scorer;
        foreach (var (kind, own) in figures.ByKind.OrderByDescending(kind => kind.Key, StringComparer.Ordinal).Prepend(new("all", figures.All)))
        {
            Row($"AUROC, {kind}", own.Auroc);
            Row($"accuracy, {kind}", own.Accuracy);
        }

        void Row(string name, FoldFigure figure)
        {
            table.AddRow([first, Markup.Escape(name), Cell(figure.Mean), .. figure.Folds.Select(Cell)]);
            first = "";
        }
    }

    private static string Cell(double value) => double.IsFinite(value) ? Format($"{value:0.000}") : "–";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
