using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Rlhf.Grains.Moderation;
using Rlhf.Learning.Data;

namespace Rlhf.Server.Moderation;

/// <summary>What may not be said.</summary>
/// <param name="Name">What metrics and turns call it.</param>
/// <param name="Pattern">What matches it. It takes time in proportion to the text, whatever that is.</param>
/// <param name="Side">Who may not say it; null for both.</param>
internal sealed partial record ModerationRule(string Name, Regex Pattern, ModerationSide? Side)
{
    private const string Shape = "a JSON object with 'name', 'pattern' and perhaps 'where'";

    // A rule under a misspelt name would be no rule.
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    private sealed record Line(string? Name, string? Pattern, string? Where);

    /// <summary>Reads a file of them, one JSON object a line.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no rule; the message names file and line.</exception>
    public static IReadOnlyList<ModerationRule> Read(string path)
    {
        List<ModerationRule> rules = [.. JsonLines.Read<Line>(path, "rules of moderation", Shape).Select(read => Checked(read.Line, read.Place))];
        return rules.Count > 0 ? rules : throw new InvalidDataException($"{path} holds no rules of moderation; leave Moderation:Rules out where there are none.");
    }

    private static ModerationRule Checked(Line line, string place) => new(
        line.Name is { } name && NameForm().IsMatch(name) ? name : throw new InvalidDataException($"{place}: 'name' is '{line.Name}'; it must be 1 to 64 letters, digits, '.', '_', '/' or '-'."),
        Expression(line.Pattern, place),
        line.Where switch
        {
            null or "both" => null,
            "input" => ModerationSide.Input,
            "output" => ModerationSide.Output,
            var where => throw new InvalidDataException($"{place}: 'where' is '{where}'; it must be input, output or both."),
        });

    private static Regex Expression(string? pattern, string place)
    {
        try
        {
            var expression = new Regex(
                string.IsNullOrEmpty(pattern) ? throw new InvalidDataException($"{place}: 'pattern' is missing or empty.") : pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return !expression.IsMatch("") ? expression : throw new InvalidDataException($"{place}: 'pattern' matches the empty text, and so would refuse everything.");
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"{place}: 'pattern' can't be used: {e.Message}", e);
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._/-]{1,64}\\z")]
    private static partial Regex NameForm();
}
