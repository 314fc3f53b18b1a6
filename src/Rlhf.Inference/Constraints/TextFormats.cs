namespace Rlhf.Inference;

/// <summary>The values of <c>format</c> that can be drawn, as patterns: each text that matches is of the format, though some of the format do not match.</summary>
internal static class TextFormats
{
    private const string Year = "[12][0-9]{3}";
    private const string LeapYear = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)";
    private const string Date =
        "(?:" + Year + "-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|" + LeapYear + "-02-29)";

    private const string Time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])";
    private const string Label = "[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = Date + "T" + Time,
        ["uuid"] = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        ["email"] = "[A-Za-z0-9]{1,20}(?:[._+-][A-Za-z0-9]{1,20}){0,2}@" + Label + "(?:\\." + Label + "){0,2}\\.[a-z]{2,10}",
    };

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => Patterns.Keys;

    /// <summary>The texts of a format, without quotation marks; null where it can't be drawn.</summary>
    public static Node? Find(Grammar grammar, string format) => Patterns.TryGetValue(format, out string? pattern) ? PatternReader.Read(grammar, $"^{pattern}$") : null;
}
