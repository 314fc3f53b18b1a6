using System.Text.RegularExpressions;

namespace Rlhf.Statistics.Texts;

/// <summary>Texts as the measures of likeness take them: words, numbers and single punctuation marks, in lower case.</summary>
public static partial class Words
{
    /// <summary>The words of a text.</summary>
    public static string[] Of(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value)];

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]")]
    private static partial Regex Word();
}
