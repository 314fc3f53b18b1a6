using System.Globalization;

namespace Azure.Data.Tables.Protocol;

/// <summary>Values as OData 3 writes them in a filter.</summary>
internal static class Filter
{
    public static string Of(FormattableString filter) =>
        string.Format(CultureInfo.InvariantCulture, filter.Format, [.. filter.GetArguments().Select(Literal)]);

    private static string Literal(object value) => value switch
    {
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        char letter => letter == '\'' ? "''''" : $"'{letter}'",
        bool truth => truth ? "true" : "false",
        int number => number.ToString(CultureInfo.InvariantCulture),
        long number => $"{number.ToString(CultureInfo.InvariantCulture)}L",
        double number => number.ToString("R", CultureInfo.InvariantCulture) is var text && text.All(c => char.IsAsciiDigit(c) || c == '-') ? $"{text}.0" : text,
        Guid id => $"guid'{id}'",
        DateTimeOffset time => $"datetime'{time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}'",
        DateTime time => $"datetime'{time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)}'",
        byte[] bytes => $"X'{Convert.ToHexString(bytes)}'",
        null => throw new ArgumentException("A filter can't compare with null: a table has no nulls."),
        _ => throw new ArgumentException($"A filter can't hold a {value.GetType()}."),
    };
}
