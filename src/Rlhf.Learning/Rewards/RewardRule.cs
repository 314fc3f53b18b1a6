using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Rewards;

/// <summary>A bonus or a penalty for replies for which all the conditions that it names hold.</summary>
public sealed partial record RewardRule
{
    private const string Shape = "a JSON object with 'name', 'reward' and one condition of 'pattern', 'not_pattern', 'words', 'json' and 'ended'";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private RewardRule(string name, double reward) => (Name, Reward) = (name, reward);

    /// <summary>What its figure is called: <c>reward/rules/NAME</c>.</summary>
    public string Name { get; }

    /// <summary>What a reply earns; below 0 it is a penalty.</summary>
    public double Reward { get; }

    /// <summary>What must match somewhere in the reply.</summary>
    public Regex? Pattern { get; private init; }

    /// <summary>What must not match anywhere in the reply.</summary>
    public Regex? NotPattern { get; private init; }

    /// <summary>The fewest and the most words of the reply; words are what white space separates.</summary>
    public (int Min, int Max)? Words { get; private init; }

    /// <summary>Whether the whole reply must be valid JSON, or must not.</summary>
    public bool? Json { get; private init; }

    /// <summary>Whether the reply must have ended by itself, or must not: a truncated reply has not.</summary>
    public bool? Ended { get; private init; }

    /// <summary>Reads a file of rules, one JSON object a line.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no rule; the message names file and line.</exception>
    public static IReadOnlyList<RewardRule> Read(string path)
    {
        List<RewardRule> rules = [];
        foreach (var (place, line) in JsonLines.Read<Line>(path, "rules", Shape))
        {
            var rule = Checked(line, place);
            rules.Add(rules.All(other => other.Name != rule.Name) ? rule : throw new InvalidDataException($"{place}: 'name' is '{rule.Name}', as that of an earlier rule; each rule needs its own."));
        }

        return rules.Count > 0 ? rules : throw new InvalidDataException($"{path} holds no rules.");
    }

    /// <summary>Whether all its conditions hold.</summary>
    /// <exception cref="RegexMatchTimeoutException">A pattern took longer than a second.</exception>
    public bool Holds(string reply, bool ended) =>
        Pattern?.IsMatch(reply) is not false
        && NotPattern?.IsMatch(reply) is not true
        && (Words is not { } words || CountWords(reply) is var count && count >= words.Min && count <= words.Max)
        && (Json is not { } json || IsJson(reply) == json)
        && (Ended is not { } whole || ended == whole);

    private static int CountWords(string reply) => reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static bool IsJson(string reply)
    {
        try
        {
            using var parsed = JsonDocument.Parse(reply);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static RewardRule Checked(Line line, string place)
    {
        if (line.Name is null || !NameForm().IsMatch(line.Name))
            throw new InvalidDataException($"{place}: 'name' is '{line.Name}'; it must be 1 to 64 letters, digits, '.', '_' or '-'.");
        if (line.Reward is not (>= -1000 and <= 1000 and not 0))
            throw new InvalidDataException($"{place}: 'reward' is {line.Reward?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing"}; it must be a number from -1000 to 1000 that is not 0.");
        if (line is { Pattern: null, NotPattern: null, Words: null, Json: null, Ended: null })
            throw new InvalidDataException($"{place}: the rule has no condition; it must be {Shape}.");
        if (line.Words is { } words && (words is { Min: null, Max: null } || words.Min < 0 || words.Max < 0 || words.Min > words.Max))
            throw new InvalidDataException($"{place}: 'words' goes from {words.Min} to {words.Max}; it must have 'min' or 'max' or both, from 0 on, the least first.");
        return new RewardRule(line.Name, line.Reward.Value)
        {
            Pattern = Expression("pattern", line.Pattern, place),
            NotPattern = Expression("not_pattern", line.NotPattern, place),
            Words = line.Words is { } range ? (range.Min ?? 0, range.Max ?? int.MaxValue) : null,
            Json = line.Json,
            Ended = line.Ended,
        };
    }

    // Without backtracking a match takes time in proportion to the text.
    private static Regex? Expression(string field, string? pattern, string place)
    {
        try
        {
            return pattern is null ? null : new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"{place}: '{field}' can't be used: {e.Message}", e);
        }
    }

    // A condition under a misspelt name would be no condition.
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    private sealed record Line(
        string? Name, double? Reward, string? Pattern, [property: JsonPropertyName("not_pattern")] string? NotPattern, WordRange? Words, bool? Json, bool? Ended);

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    private sealed record WordRange(int? Min, int? Max);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex NameForm();
}
