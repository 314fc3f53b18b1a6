using System.Text.Json;
using Rlhf.Cli.Client;
using Rlhf.Cli.Output;
using Rlhf.Cli.Simulation;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class SimulationReportTests
{
    private static readonly TrainedRound First = new(1, new FinishedJob("job-1", "v1", "published", null, 90, new Dictionary<string, double> { ["gate/kl"] = 3.5 }), 400, 190, 100);
    private static readonly TrainedRound Second = new(2, new FinishedJob("job-2", "v2", "rejected", "it drifted [far]", 80, null), 400, 220, 90);
    private static readonly SimulationResult Result = new("courteous", 0.5,
    [
        new RoundResult(First, "v1", 0.8, new Interval(0.6, 0.55, 0.65)),
        new RoundResult(Second, "v1", 0.8, new Interval(0.6, 0.55, 0.65)),
    ], 200);

    [Fact]
    public void Json_has_the_documented_keys_with_base_first_and_the_last_rounds_win_rate()
    {
        using var json = JsonDocument.Parse(FiguresFile.Render(SimulationReport.Figures(Result)));
        var root = json.RootElement;

        Assert.Equal([0.5, 0.8, 0.8], root.GetProperty("gold").EnumerateArray().Select(g => g.GetDouble()));
        Assert.Equal(0.6, root.GetProperty("win_rate").GetDouble());
        Assert.Equal(0.55, root.GetProperty("win_rate_low").GetDouble());
        Assert.Equal(0.65, root.GetProperty("win_rate_high").GetDouble());
        Assert.Equal(3.5, root.GetProperty("kl")[0].GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("kl")[1].ValueKind);
        Assert.Equal(800, root.GetProperty("feedback").GetInt32());
        Assert.Equal(200, root.GetProperty("seconds").GetDouble());
        Assert.Equal(["v1", "v1"], root.GetProperty("versions").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("rejected", root.GetProperty("rounds")[1].GetProperty("outcome").GetString());
    }

    [Fact]
    public void The_table_names_every_round_and_a_rejected_candidate()
    {
        var text = Shown.Text(screen => SimulationReport.Show(Result, screen));

        Assert.Contains("v1 (v2 rejected)", text);
        Assert.Contains("55.0 % – 65.0 %", text);
        Assert.Contains("round 2", text);
    }

    [Fact]
    public void The_best_of_several_has_a_line_and_figures_where_it_was_measured()
    {
        var measured = Result with { BestOf = new BestOfResult(4, "v1", 0.9, new Interval(0.7, 0.66, 0.74), new Interval(0.58, 0.54, 0.62)) };
        var text = Shown.Text(screen => SimulationReport.Show(measured, screen));
        using var json = JsonDocument.Parse(FiguresFile.Render(SimulationReport.Figures(measured)));
        var figures = json.RootElement.GetProperty("best_of");

        Assert.Contains("66.0 % – 74.0 %", text);
        Assert.Contains("v1, best of 4 beats v1's only reply on 58.0 % of the prompts (54.0 % – 62.0 %)", text);
        Assert.Equal((4, "v1", 0.9), (figures.GetProperty("replies").GetInt32(), figures.GetProperty("version").GetString(), figures.GetProperty("gold").GetDouble()));
        Assert.Equal((0.7, 0.58, 0.54), (figures.GetProperty("win_rate").GetDouble(), figures.GetProperty("over_one").GetDouble(), figures.GetProperty("over_one_low").GetDouble()));
        Assert.DoesNotContain("best of", Shown.Text(screen => SimulationReport.Show(Result, screen)));
    }

    [Fact]
    public void A_rejected_round_says_why() =>
        Assert.Equal("round 2: 55 % of 400 replies liked, then v2 was rejected: it drifted [far]", SimulationReport.Line(Second));
}
