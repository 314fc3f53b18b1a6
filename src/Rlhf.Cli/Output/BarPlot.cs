using System.Globalization;
using System.Text;

namespace Rlhf.Cli.Output;

/// <summary>A small plot in text: one bar per value, all from one zero line.</summary>
internal static class BarPlot
{
    private const int Width = 48;
    private const string Eighths = "▏▎▍▌▋▊▉█";

    public static IEnumerable<string> Render(IReadOnlyList<(string Name, double Value)> bars)
    {
        var low = Math.Min(0, bars.Min(b => b.Value));
        var high = Math.Max(0, bars.Max(b => b.Value));
        var scale = high > low ? Width / (high - low) : 0;
        var zero = (int)Math.Round(-low * scale);
        var names = bars.Max(b => b.Name.Length);
        foreach (var (name, value) in bars)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{name.PadRight(names)} {value,7:0.000} {Bar(value * scale, zero)}");
        }
    }

    private static string Bar(double length, int zero)
    {
        var bar = new StringBuilder();
        if (length < 0)
        {
            var cells = Math.Min(zero, (int)Math.Round(-length));
            return bar.Append(' ', zero - cells).Append('█', cells).Append('│').ToString();
        }

        var whole = (int)length;
        var rest = (int)((length - whole) * Eighths.Length);
        bar.Append(' ', zero).Append('│').Append('█', whole);
        return (rest > 0 ? bar.Append(Eighths[rest - 1]) : bar).ToString();
    }
}
