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
    public void Components_of_the_reward_are_shown_with_their_means_at_the_start_and_at_the_end()
    {
        var metrics = new Dictionary<string, double> { ["reward/human"] = 0.4, ["reward/human_start"] = 0.1, ["reward/human_weight"] = 1, ["reward/rules"] = 0.75, ["reward/rules_start"] = 0.5, ["reward/rules_weight"] = 2 };
        var rewarded = Result with { Rounds = [Result.Rounds[0] with { Training = First with { Job = First.Job with { Metrics = metrics } } }], Shapes = (new ReplyShape(10.5, 0.25), new ReplyShape(8, 0.375)) };

        var text = Shown.Text(screen => SimulationReport.Show(rewarded, screen));
        using var json = JsonDocument.Parse(FiguresFile.Render(SimulationReport.Figures(rewarded)));

        Assert.Contains("reward/rules, weight 2: 0.500 in the first iteration, 0.750 in the last", text);
        Assert.Contains("10.5 words and a distinct-2 of 0.250 with the base, 8.0 and 0.375 with v1", text);
        Assert.Equal(8, json.RootElement.GetProperty("last_replies").GetProperty("words").GetDouble());
        Assert.Equal(["human", "rules"], json.RootElement.GetProperty("components").EnumerateArray().Select(component => component.GetProperty("name").GetString()));
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
