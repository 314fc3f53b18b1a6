using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Cli.Simulation;

/// <summary>Where one kind of reward model led a policy.</summary>
/// <param name="Name">The reward model.</param>
/// <param name="Points">From the base model on.</param>
internal sealed record OptimisationCurve(string Name, IReadOnlyList<OptimisationPoint> Points)
{
    /// <summary>Where gold was highest.</summary>
    public OptimisationPoint Peak => Points.MaxBy(point => point.Gold)!;

    /// <summary>How much gold was lost from its height to the end.</summary>
    public double Fall => Peak.Gold - Points[^1].Gold;
}

/// <summary>How over-optimisation is shown.</summary>
internal static class OverOptimiseReport
{
    public static void Show(IReadOnlyList<OptimisationCurve> curves, Screen screen)
    {
        var farthest = curves.Max(curve => curve.Points.Max(point => point.Distance));
        double[] rewards = [.. curves.SelectMany(curve => curve.Points).SelectMany(point => (double[])[point.Gold, point.Proxy])];
        foreach (var curve in curves)
        {
            var last = curve.Points[^1];
            screen.Line("");
            screen.Line(Format($"{curve.Name}: gold (●) and proxy (○), in standard deviations of the base's replies, against √KL"));
            foreach (var line in new ScatterPlot(farthest, rewards.Min(), rewards.Max()).Render(
                [('○', curve.Points.Select(point => (point.Distance, point.Proxy))), ('●', curve.Points.Select(point => (point.Distance, point.Gold)))]))
            {
                screen.Line(line);
            }

            screen.Line(Format(
                $"gold is highest with {curve.Peak.Gold:0.00} ± {curve.Peak.GoldError:0.00} at √KL {curve.Peak.Distance:0.00} and ends with {last.Gold:0.00} ± {last.GoldError:0.00} at {last.Distance:0.00}; proxy ends with {last.Proxy:0.00}"));
        }
    }

    public static object Figures(string taste, IReadOnlyList<OptimisationCurve> curves) => new
    {
        Taste = taste,
        Curves = curves.Select(curve => new
        {
            curve.Name,
            PeakGold = curve.Peak.Gold,
            LastGold = curve.Points[^1].Gold,
            curve.Fall,
            Points = curve.Points.Select(point => new { point.Iteration, point.Kl, SqrtKl = point.Distance, point.Proxy, point.Gold, point.GoldError }).ToArray(),
        }).ToArray(),
    };

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
