using Rlhf.Cli.Output;

namespace Rlhf.Cli.Tests.Output;

public sealed class BarPlotTests
{
    [Fact]
    public void The_longest_bar_fills_the_plot_and_others_are_in_proportion()
    {
        var lines = BarPlot.Render([("base", 1), ("round 1", 2)]).ToArray();

        Assert.Equal("base      1.000 │" + new string('█', 24), lines[0]);
        Assert.Equal("round 1   2.000 │" + new string('█', 48), lines[1]);
    }

    [Fact]
    public void Negative_values_go_to_the_left_of_one_common_zero_line()
    {
        var lines = BarPlot.Render([("a", -1), ("b", 1)]).ToArray();

        Assert.Equal("a  -1.000 " + new string('█', 24) + "│", lines[0]);
        Assert.Equal("b   1.000 " + new string(' ', 24) + "│" + new string('█', 24), lines[1]);
    }

    [Fact]
    public void Zeroes_are_drawn_without_bars() => Assert.Equal(["a   0.000 │"], BarPlot.Render([("a", 0)]));
}
