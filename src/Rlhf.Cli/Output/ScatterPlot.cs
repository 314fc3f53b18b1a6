using System.Globalization;

namespace Rlhf.Cli.Output;

/// <summary>Points in text, on axes that several plots may share.</summary>
/// <param name="right">The largest x; the least is 0.</param>
/// <param name="low">The least y.</param>
/// <param name="high">The largest y.</param>
internal sealed class ScatterPlot(double right, double low, double high)
{
    private const int Columns = 64;
    private const int Rows = 16;

    /// <summary>Draws the series in their order: a later one covers an earlier.</summary>
    public IEnumerable<string> Render(IEnumerable<(char Mark, IEnumerable<(double X, double Y)> Points)> series)
    {
        var cells = new char[Rows, Columns];
        foreach (var (mark, points) in series)
        {
            foreach (var (x, y) in points)
            {
                cells[Rows - 1 - Cell(y - low, high - low, Rows), Cell(x, right, Columns)] = mark;
            }
        }

        var zero = low <= 0 && high >= 0 ? Rows - 1 - Cell(-low, high - low, Rows) : -1;
        for (var row = 0; row < Rows; row++)
        {
            var y = high - (row * (high - low) / (Rows - 1));
            var blank = row == zero ? '┈' : ' ';
            yield return string.Create(CultureInfo.InvariantCulture, $"{y,8:0.00} │") + string.Concat(Enumerable.Range(0, Columns).Select(column => cells[row, column] is var mark and not '\0' ? mark : blank));
        }

        var end = string.Create(CultureInfo.InvariantCulture, $"{right:0.00}");
        yield return new string(' ', 9) + "└" + new string('─', Columns);
        yield return new string(' ', 10) + "0" + end.PadLeft(Columns - 1);
    }

    private static int Cell(double distance, double span, int cells) => span > 0 ? (int)Math.Round(distance / span * (cells - 1)) : 0;
}
