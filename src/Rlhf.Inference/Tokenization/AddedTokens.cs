using System.Buffers;
using System.Globalization;

namespace Rlhf.Inference;

/// <summary>Finds added tokens in a text: the leftmost first, of several at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _longestFirst;
    private readonly SearchValues<string> _contents;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _contents = SearchValues.Create([.. _longestFirst.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>The next token from <paramref name="start"/> on and the text it takes, blanks that belong to it included.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where to look first.</param>
    /// <param name="foreign">Stretches from elsewhere, in which, and over whose edges, no special token is found.</param>
    public (AddedToken Token, int Start, int End)? Next(string text, int start, IReadOnlyList<TextRange> foreign)
    {
        for (int from = start; from < text.Length;)
        {
            int found = text.AsSpan(from).IndexOfAny(_contents);
            if (found < 0)
                return null;
            int at = from + found;
            foreach (AddedToken token in _longestFirst)
            {
                int end = at + token.Content.Length;
                if (!text.AsSpan(at).StartsWith(token.Content, StringComparison.Ordinal) || (token.SingleWord && !StandsAlone(text, at, end)))
                    continue;
                if (token.Special && foreign.Any(range => range.Meets(at, end)))
                    continue;
                return (token, token.LeftStrip ? BlanksBefore(text, start, at) : at, token.RightStrip ? BlanksBehind(text, end) : end);
            }

            from = at + 1;
        }

        return null;
    }

    private static bool StandsAlone(string text, int start, int end) =>
        (start == 0 || !IsWord(text[start - 1])) && (end == text.Length || !IsWord(text[end]));

    private static bool IsWord(char c) => char.IsLetterOrDigit(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Surrogate;

    private static int BlanksBefore(string text, int start, int at)
    {
        while (at > start && char.IsWhiteSpace(text[at - 1]))
            at--;
        return at;
    }

    private static int BlanksBehind(string text, int end)
    {
        while (end < text.Length && char.IsWhiteSpace(text[end]))
            end++;
        return end;
    }
}
