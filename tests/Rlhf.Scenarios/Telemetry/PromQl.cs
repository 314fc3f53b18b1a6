using System.Text.RegularExpressions;

namespace Rlhf.Scenarios.Telemetry;

/// <summary>What a PromQL expression names.</summary>
internal static partial class PromQl
{
    /// <summary>The metrics that an expression reads.</summary>
    public static IEnumerable<string> Metrics(string expression) =>
        WordPattern().Matches(GroupingPattern().Replace(BracesPattern().Replace(expression, ""), ""))
            .Select(word => word.Value)
            .Where(word => OurPattern().IsMatch(word))
            .Distinct();

    /// <summary>The labels that an expression selects or groups by; those that the scraper adds left out.</summary>
    public static IEnumerable<string> Labels(string expression) =>
        BracesPattern().Matches(expression).SelectMany(braces => MatcherPattern().Matches(braces.Value)).Select(matcher => matcher.Groups[1].Value)
            .Concat(GroupingPattern().Matches(expression).SelectMany(grouping => WordPattern().Matches(grouping.Groups[1].Value)).Select(word => word.Value))
            .Except(["job", "instance"])
            .Distinct();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex BracesPattern();

    [GeneratedRegex(@"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")]
    private static partial Regex GroupingPattern();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(?:=~|!~|!=|=)")]
    private static partial Regex MatcherPattern();

    [GeneratedRegex("[a-zA-Z_][a-zA-Z0-9_]*")]
    private static partial Regex WordPattern();

    [GeneratedRegex("^(rlhf|gen_ai|http|dotnet)_")]
    private static partial Regex OurPattern();
}
