using System.Globalization;

namespace Rlhf.WebConsole.Figures;

/// <summary>Figures of a step or a version.</summary>
public sealed record CurvePoint(string Name, IReadOnlyDictionary<string, double> Figures);

/// <summary>Figures as people read them.</summary>
internal static class Figure
{
    public static string Of(double value) => value.ToString(Math.Abs(value) is >= 1000 or 0 ? "N0" : Math.Abs(value) >= 0.01 ? "0.###" : "0.##e0", CultureInfo.InvariantCulture);

    public static string Of(IReadOnlyDictionary<string, double> figures, string name) => figures.TryGetValue(name, out var value) ? Of(value) : "";

    public static string Percent(double share) => share.ToString("0.#%", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
