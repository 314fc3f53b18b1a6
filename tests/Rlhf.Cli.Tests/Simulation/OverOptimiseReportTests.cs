using System.Text.Json;
using Rlhf.Cli.Output;
using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class OverOptimiseReportTests
{
    private static readonly OptimisationCurve[] Curves =
    [
        new("single", [new(0, 0, 0, 0, 0.05), new(10, 4, 1, 0.9, 0.04), new(20, 16, 3, 0.4, 0.04)]),
        new("ensemble", [new(0, 0, 0, 0, 0.05), new(10, 4, 0.9, 0.8, 0.04), new(20, 9, 1.5, 1.1, 0.04)]),
    ];

    [Fact]
    public void Each_curve_says_where_gold_was_highest_and_where_it_ended()
    {
        var text = Shown.Text(screen => OverOptimiseReport.Show(Curves, screen));

        Assert.Contains("gold is highest with 0.90 ± 0.04 at √KL 2.00 and ends with 0.40 ± 0.04 at 4.00; proxy ends with 3.00", text);
        Assert.Contains("gold is highest with 1.10 ± 0.04 at √KL 3.00 and ends with 1.10 ± 0.04 at 3.00; proxy ends with 1.50", text);
    }

    [Fact]
    public void Json_holds_every_point_and_how_far_gold_fell()
    {
        using var json = JsonDocument.Parse(FiguresFile.Render(OverOptimiseReport.Figures("brisk", Curves)));
        var single = json.RootElement.GetProperty("curves")[0];

        Assert.Equal("brisk", json.RootElement.GetProperty("taste").GetString());
        Assert.Equal(0.5, single.GetProperty("fall").GetDouble(), 6);
        Assert.Equal(0, json.RootElement.GetProperty("curves")[1].GetProperty("fall").GetDouble());
        Assert.Equal([0.0, 2.0, 4.0], single.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("sqrt_kl").GetDouble()));
    }
}
