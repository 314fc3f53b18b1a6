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
    public void A_rejected_round_says_why() =>
        Assert.Equal("round 2: 55 % of 400 thumbs up, then v2 was rejected: it drifted [far]", SimulationReport.Line(Second));
}
