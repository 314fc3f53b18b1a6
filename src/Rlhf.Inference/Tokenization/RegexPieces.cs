using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rlhf.Inference;

/// <summary>Pieces that a regular expression finds; what lies between two matches is a piece, too.</summary>
internal sealed class RegexPieces(string pattern) : PreTokenizer
{
    private readonly Regex _regex = new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);

    public override void Split(string text, List<int> ends)
    {
        (string shown, int[]? origin) = OneCharPerRune(text);
        int end = 0;
        foreach (ValueMatch match in _regex.EnumerateMatches(shown))
        {
            if (match.Length == 0)
                continue;
            if (match.Index > end)
                ends.Add(Origin(match.Index));
            end = match.Index + match.Length;
            ends.Add(Origin(end));
        }

        if (end < shown.Length)
            ends.Add(text.Length);

        int Origin(int index) => origin is null ? index : origin[index];
    }

    // .NET matches UTF-16 units, with ICU as without, so a letter beyond the Basic Multilingual Plane is shown to it as a stand-in of its own category.
    private static (string Shown, int[]? Origin) OneCharPerRune(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return (text, null);
        var shown = new StringBuilder(text.Length);
        var origin = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length;)
        {
            origin.Add(i);
            bool pair = Rune.TryGetRuneAt(text, i, out Rune rune) && rune.Utf16SequenceLength == 2;
            shown.Append(pair ? StandIn(rune) : text[i]);
            i += pair ? 2 : 1;
        }

        origin.Add(text.Length);
        return (shown.ToString(), [.. origin]);
    }

    private static char StandIn(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter => 'À',
        UnicodeCategory.LowercaseLetter => 'à',
        <= UnicodeCategory.OtherLetter => 'ª',
        <= UnicodeCategory.EnclosingMark => '\u0300',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        <= UnicodeCategory.OtherNumber => '²',
        _ => '§',
    };
}
