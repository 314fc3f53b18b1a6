using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rlhf.Learning.Rewards;

/// <summary>Reads a judge's answers: the JSON that was asked for, also within other text, or the same said in words, such as <c>Score: 7/10</c>.</summary>
internal static partial class JudgeAnswer
{
    /// <summary>A score from -1 to 1.</summary>
    /// <exception cref="FormatException">There is none, or it is out of range.</exception>
    public static double Score(string answer)
    {
        var text = WithoutThoughts(answer);
        var said = Field(text, "score") ?? (ScoreInWords().Matches(text) is [.., var last] ? last.Groups["score"].Value : text.Trim());
        if (!double.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out var score))
            throw new FormatException("the judge gives no score");
        if (score is not (>= JudgePrompt.WorstScore and <= JudgePrompt.BestScore))
            throw new FormatException(FormattableString.Invariant($"the judge's score is {score}; it must be from {JudgePrompt.WorstScore} to {JudgePrompt.BestScore}"));
        return (2 * (score - JudgePrompt.WorstScore) / (JudgePrompt.BestScore - JudgePrompt.WorstScore)) - 1;
    }

    /// <summary>1 where A is better, -1 where B is, 0 for a tie.</summary>
    /// <exception cref="FormatException">It says neither.</exception>
    public static double Better(string answer)
    {
        var text = WithoutThoughts(answer);
        var said = Field(text, "better") ?? (BetterInWords().Match(text) is { Success: true } match ? match.Groups["better"].Value : text.Trim().TrimEnd('.'));
        return said.ToUpperInvariant() switch
        {
            "A" => 1,
            "B" => -1,
            "TIE" => 0,
            _ => throw new FormatException("the judge says neither A nor B nor tie"),
        };
    }

    // Models that reason aloud do so before they answer.
    private static string WithoutThoughts(string answer) => answer[(answer.LastIndexOf("</think>", StringComparison.Ordinal) is >= 0 and var end ? end + "</think>".Length : 0)..];

    private static string? Field(string text, string field)
    {
        foreach (Match candidate in JsonInText().Matches(text))
        {
            try
            {
                if (JsonNode.Parse(candidate.Value)?[field] is JsonValue value)
                    return value.ToString();
            }
            catch (JsonException)
            {
                // not this one
            }
        }

        return null;
    }

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex JsonInText();

    [GeneratedRegex("""\b(score|rating)\b["'*\s]{0,5}(is|:|=)["'*\s:]{0,5}(?<score>[0-9]+(\.[0-9]+)?)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ScoreInWords();

    [GeneratedRegex(@"\b(?<better>A|B|tie)\b(?= is better\b)|\bbetter\b[^A-Za-z\n]{0,5}(is )?(reply )?\b(?<better>A|B|tie)\b", RegexOptions.CultureInvariant)]
    private static partial Regex BetterInWords();
}
