using System.Globalization;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// GPT-2's pieces, <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, by hand: several times as fast
/// as the regular expression, and right for letters beyond the Basic Multilingual Plane, which .NET's does not see.
/// </summary>
internal sealed class EnglishWords : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public override void Split(string text, List<int> ends)
    {
        for (int at = 0; at < text.Length;)
        {
            at = PieceEnd(text, at);
            ends.Add(at);
        }
    }

    private static int PieceEnd(string text, int start)
    {
        if (text[start] == '\'')
        {
            foreach (string contraction in Contractions)
            {
                if (text.AsSpan(start).StartsWith(contraction, StringComparison.Ordinal))
                    return start + contraction.Length;
            }
        }

        // One blank belongs to the word after it.
        int first = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        Kind kind = KindAt(text, first, out int length);
        if (kind == Kind.Space)
            return SpaceEnd(text, start);
        int end = first + length;
        while (end < text.Length && KindAt(text, end, out length) == kind)
            end += length;
        return end;
    }

    // A run of blanks leaves its last one to the word after it.
    private static int SpaceEnd(string text, int start)
    {
        int end = start + 1;
        while (end < text.Length && char.IsWhiteSpace(text[end]))
            end++;
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static Kind KindAt(string text, int index, out int length)
    {
        char c = text[index];
        length = 1;
        if (char.IsAsciiLetter(c))
            return Kind.Letter;
        if (char.IsWhiteSpace(c))
            return Kind.Space;
        UnicodeCategory category = char.GetUnicodeCategory(c);
        if (char.IsSurrogate(c) && Rune.TryGetRuneAt(text, index, out Rune rune))
        {
            length = 2;
            category = Rune.GetUnicodeCategory(rune);
        }

        return category switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
