namespace Rlhf.Inference;

/// <summary>
/// GPT-2's one-to-one map between the 256 bytes and printable characters, in which byte-level vocabularies are written: printable Latin-1
/// stands for itself, the other bytes take the code points from 256 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOf = MakeCharOf();
    private static readonly Dictionary<char, byte> ByteOf = Enumerable.Range(0, 256).ToDictionary(b => CharOf[b], b => (byte)b);

    public static char Char(byte value) => CharOf[value];

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var chars = new char[bytes.Length];
        for (int i = 0; i < chars.Length; i++)
            chars[i] = CharOf[bytes[i]];
        return new string(chars);
    }

    /// <summary>The bytes a vocabulary entry stands for, or null where a character is no byte's.</summary>
    public static byte[]? Bytes(string text)
    {
        var bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!ByteOf.TryGetValue(text[i], out bytes[i]))
                return null;
        }

        return bytes;
    }

    private static char[] MakeCharOf()
    {
        var chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[b] = (char)(printable ? b : next++);
        }

        return chars;
    }
}
