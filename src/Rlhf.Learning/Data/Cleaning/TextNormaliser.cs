using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>One form for texts that look the same: Unicode's NFC, white space of one kind, no invisible characters. Applied twice it changes nothing more.</summary>
internal static partial class TextNormaliser
{
    // Zero-width space, word joiner, byte order mark, soft hyphen, and what turns the direction of writing. Not the joiners U+200C and U+200D: Persian and
    // emoji need them.
    private static readonly SearchValues<char> Invisible = SearchValues.Create("\u200B\u2060\uFEFF\u00AD\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    /// <summary>Whether characters of the text are lost: it has a replacement character or half of a surrogate pair.</summary>
    public static bool IsBroken(string text)
    {
        foreach (var rune in text.EnumerateRunes()) // half a pair is enumerated as U+FFFD, too
        {
            if (rune == Rune.ReplacementChar)
                return true;
        }

        return false;
    }

    /// <summary>Normalises a text that is not broken. Indentation stays, for code; spaces within a line, behind it and empty lines beyond one go.</summary>
    public static string Normalise(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var character in text.ReplaceLineEndings("\n").Normalize(NormalizationForm.FormC))
        {
            if (character is '\n' or '\t')
                visible.Append(character);
            else if (char.GetUnicodeCategory(character) is UnicodeCategory.SpaceSeparator)
                visible.Append(' ');
            else if (!char.IsControl(character) && !Invisible.Contains(character))
                visible.Append(character);
        }

        var spaced = Spaces().Replace(visible.ToString(), " ");
        return EmptyLines().Replace(LineEnds().Replace(spaced, "\n"), "\n\n").Trim(' ', '\t', '\n');
    }

    [GeneratedRegex(@"(?<=[^ \t\n])[ \t]+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<![ \t])[ \t]+\n")]
    private static partial Regex LineEnds();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex EmptyLines();
}
