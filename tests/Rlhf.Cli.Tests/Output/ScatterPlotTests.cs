using Rlhf.Cli.Output;

namespace Rlhf.Cli.Tests.Output;

public sealed class ScatterPlotTests
{
    [Fact]
    public void Corners_lie_in_the_corners_and_a_later_series_covers_an_earlier()
    {
        var lines = new ScatterPlot(right: 8, low: -1, high: 2).Render([('○', [(0, -1), (8, 2)]), ('●', [(8, 2)])]).ToArray();

        Assert.Equal("    2.00 │" + new string(' ', 63) + "●", lines[0]);
        Assert.Equal("   -1.00 │○" + new string(' ', 63), lines[15]);
        Assert.EndsWith("8.00", lines[^1]);
    }

    [Fact]
    public void Zero_is_a_dotted_line_where_it_lies_between_the_ends()
    {
        Assert.Single(new ScatterPlot(1, -1, 1).Render([]), line => line.Contains('┈'));
        Assert.DoesNotContain(new ScatterPlot(1, 1, 2).Render([]), line => line.Contains('┈'));
    }

    [Fact]
    public void Points_that_are_all_one_still_have_a_place() =>
        Assert.Contains(new ScatterPlot(0, 3, 3).Render([('●', [(0, 3)])]), line => line.Contains('●'));
}
