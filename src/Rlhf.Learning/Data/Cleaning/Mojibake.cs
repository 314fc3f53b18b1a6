using System.Text;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>Mends UTF-8 that was read as Windows-1252 or Latin-1: <c>cafÃ©</c> becomes <c>café</c>, <c>donâ€™t</c> becomes <c>don’t</c>.</summary>
/// <remarks>Characters that stand for bytes of 0x80 and above are decoded again wherever they form a valid UTF-8 sequence that nobody writes on purpose:
/// any of three or four bytes, one of two bytes that begins with <c>Â</c> or <c>Ã</c> (Latin-1's own range), and others of two bytes where two stand side
/// by side, as in Cyrillic or Greek. <c>CAFÉ…</c> and <c>MANHÃ”</c> are not mended: capitals before a closing mark. The same idea, with a larger table of
/// what is plausible, is in ftfy (Speer 2019).</remarks>
internal static class Mojibake
{
    private const string Windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    /// <summary>The text with its broken sequences mended, until none is left; the text itself where there is none.</summary>
    public static string Mend(string text)
    {
        while (Once(text) is { } mended)
            text = mended;
        return text;
    }

    /// <summary>Text of bytes in Windows-1252, Latin-1 where that has a hole.</summary>
    public static string FromWindows1252(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var one in bytes)
            text.Append(one is >= 0x80 and < 0xA0 ? Windows1252[one - 0x80] : (char)one);
        return Mend(text.ToString()); // a line of which only a part is no UTF-8 was read as if all were not
    }

    private static string? Once(string text)
    {
        StringBuilder? mended = null;
        var copied = 0;
        for (var at = 0; at < text.Length;)
        {
            if (!Mends(text, at, out var length, out var rune))
            {
                at++;
                continue;
            }

            mended ??= new StringBuilder(text.Length);
            mended.Append(text, copied, at - copied).Append(rune.ToString());
            at = copied = at + length;
        }

        return mended?.Append(text, copied, text.Length - copied).ToString();
    }

    private static bool Mends(string text, int at, out int length, out Rune rune)
    {
        length = Sequence(text, at, out rune);
        return length switch
        {
            0 => false,
            2 when text[at] is 'Â' or 'Ã' => !(at > 0 && char.IsUpper(text[at - 1]) && IsMark(text[at + 1])),
            2 => Sequence(text, at + 2, out _) == 2 || (at > 1 && Sequence(text, at - 2, out _) == 2),
            _ => true,
        };
    }

    /// <summary>The length of the UTF-8 sequence that the characters at a place stand for; 0 where they stand for none.</summary>
    private static int Sequence(string text, int at, out Rune rune)
    {
        rune = default;
        var lead = at < text.Length ? ByteOf(text[at]) : 0;
        var length = lead switch { >= 0xC2 and <= 0xDF => 2, >= 0xE0 and <= 0xEF => 3, >= 0xF0 and <= 0xF4 => 4, _ => 0 };
        if (length == 0 || at + length > text.Length)
            return 0;

        Span<byte> bytes = stackalloc byte[length];
        bytes[0] = (byte)lead;
        for (var i = 1; i < length; i++)
        {
            var next = ByteOf(text[at + i]);
            if (next is not (>= 0x80 and <= 0xBF))
                return 0;
            bytes[i] = (byte)next;
        }

        return Rune.DecodeFromUtf8(bytes, out rune, out var read) == System.Buffers.OperationStatus.Done && read == length ? length : 0;
    }

    /// <summary>The byte that Windows-1252, or Latin-1 where that has a hole, reads as the character; 0 for those below 0x80 and all others.</summary>
    private static int ByteOf(char character) => character switch
    {
        < '\u0080' => 0,
        <= '\u00FF' => character,
        _ => Windows1252.IndexOf(character) is >= 0 and var index ? 0x80 + index : 0,
    };

    private static bool IsMark(char character) => character is '…' or '“' or '”' or '‘' or '’' or '–' or '—' or '»' or '«' or '™';
}
