using System.Globalization;

namespace Rlhf.Learner;

/// <summary>The hours of a day in which the learner may train.</summary>
public sealed class TrainingHours
{
    /// <summary>What is right, in words.</summary>
    public const string Form = "'22:00-06:00', several with commas between them, and a time zone behind them where it is not UTC: '22:00-06:00,12:00-13:00 Europe/Berlin'";

    private readonly List<(TimeOnly From, TimeOnly To)> _windows;
    private readonly TimeZoneInfo _zone;

    private TrainingHours(List<(TimeOnly From, TimeOnly To)> windows, TimeZoneInfo zone) => (_windows, _zone) = (windows, zone);

    /// <summary>Reads hours.</summary>
    /// <param name="text">The hours; null or empty for the whole day.</param>
    /// <returns>The hours; null for the whole day.</returns>
    /// <exception cref="FormatException">They are not of that form, or the time zone is unknown; the message says what would be right.</exception>
    public static TrainingHours? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var parts = text.Trim().Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var zone = TimeZoneInfo.Utc;
        if (parts.Length > 1 && !TimeZoneInfo.TryFindSystemTimeZoneById(parts[1], out zone))
        {
            throw new FormatException($"'{parts[1]}' is no time zone of this machine; it must be one such as Europe/Berlin.");
        }

        return new TrainingHours([.. parts[0].Split(',').Select(window => WindowOf(window, text))], zone);
    }

    /// <summary>Whether a moment is in them.</summary>
    public bool Hold(DateTimeOffset at)
    {
        var now = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, _zone).DateTime);
        return _windows.Exists(window => now.IsBetween(window.From, window.To)); // over midnight where it ends before it begins
    }

    private static (TimeOnly From, TimeOnly To) WindowOf(string window, string text) =>
        window.Split('-') is [var from, var to] && Time(from) is { } begin && Time(to) is { } end && begin != end
            ? (begin, end)
            : throw new FormatException($"'{text}' is no time of day to train in; it must be {Form}.");

    private static TimeOnly? Time(string text) => TimeOnly.TryParseExact(text.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;
}
