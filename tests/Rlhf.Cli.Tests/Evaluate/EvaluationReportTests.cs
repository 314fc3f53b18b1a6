using System.Text.Json;
using Rlhf.Cli.Evaluate;
using Rlhf.Cli.Output;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Tests.Evaluate;

public sealed class EvaluationReportTests
{
    private static readonly RewardEvaluationReport Report = new(Figures(0.72), Figures(0.66), Figures(0.71));

    [Fact]
    public void Json_has_the_documented_keys_each_with_mean_and_folds()
    {
        using var json = JsonDocument.Parse(FiguresFile.Render(EvaluationReport.Figures(Report, 12.5)));
        var root = json.RootElement;

        Assert.Equal(12.5, root.GetProperty("seconds").GetDouble());
        Assert.All((string[])["auroc", "auroc_text", "accuracy"], key =>
        {
            Assert.Equal(0.72, root.GetProperty(key).GetProperty("mean").GetDouble(), 12);
            Assert.Equal(2, root.GetProperty(key).GetProperty("folds").GetArrayLength());
        });
        Assert.Equal(0.71, root.GetProperty("baselines").GetProperty("n_grams").GetProperty("auroc").GetProperty("mean").GetDouble(), 12);
        Assert.Equal(0.66, root.GetProperty("baselines").GetProperty("linear_probe").GetProperty("auroc").GetProperty("mean").GetDouble(), 12);
    }

    [Fact]
    public void A_figure_that_a_fold_cannot_have_is_null_in_json()
    {
        using var json = JsonDocument.Parse(FiguresFile.Render(EvaluationReport.Figures(Report, 1)));

        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("auroc_call").GetProperty("folds")[1].ValueKind);
    }

    [Fact]
    public void The_table_shows_the_reward_model_beside_both_baselines()
    {
        var text = Shown.Text(screen => EvaluationReport.Show(Report, screen));

        Assert.All((string[])["reward model", "linear probe", "bag of n-grams", "AUROC, text", "accuracy, call", "fold 2", "0.720", "–"], part => Assert.Contains(part, text));
    }

    private static RewardFigures Figures(double value)
    {
        var all = new KindFigures(FoldFigure.Of([value - 0.01, value + 0.01]), FoldFigure.Of([value, value]));
        var call = new KindFigures(FoldFigure.Of([value, double.NaN]), FoldFigure.Of([value, value]));
        return new RewardFigures(all, new Dictionary<string, KindFigures> { ["text"] = all, ["call"] = call });
    }
}
