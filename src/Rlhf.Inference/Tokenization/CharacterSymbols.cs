using System.Globalization;
using System.Text;

namespace Rlhf.Inference;

/// <summary>Every character is a symbol; one that the vocabulary lacks falls into its bytes, as in SentencePiece.</summary>
internal sealed class CharacterSymbols : Symbols
{
    private readonly int[] _byteIds;
    private readonly Dictionary<int, int> _ids = [];

    /// <param name="entries">The vocabulary, in which <c>&lt;0x0A&gt;</c> stands for a byte.</param>
    /// <exception cref="InvalidDataException">A byte is not in the vocabulary.</exception>
    public CharacterSymbols(IReadOnlyDictionary<string, int> entries)
    {
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => entries.TryGetValue(ByteEntry(value), out int id) ? id
            : throw new InvalidDataException($"The vocabulary lacks '{ByteEntry(value)}'; BPE with byte_fallback needs all 256 bytes."))];
        foreach ((string entry, int id) in entries)
        {
            if (Rune.TryGetRuneAt(entry.Length > 0 ? entry : "\uD800", 0, out Rune rune) && rune.Utf16SequenceLength == entry.Length)
                _ids.Add(rune.Value, id);
        }
    }

    /// <summary>The bytes an entry stands for.</summary>
    public static byte[] Bytes(string entry)
    {
        if (entry.Length == 6 && entry.StartsWith("<0x", StringComparison.Ordinal) && entry[5] == '>'
            && byte.TryParse(entry.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value))
            return [value];
        return Encoding.UTF8.GetBytes(entry.Replace(Metaspace.Blank, ' '));
    }

    public override int[] Of(ReadOnlySpan<char> piece)
    {
        var ids = new List<int>(piece.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in piece.EnumerateRunes())
        {
            if (_ids.TryGetValue(rune.Value, out int id))
            {
                ids.Add(id);
                continue;
            }

            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
                ids.Add(_byteIds[value]);
        }

        return [.. ids];
    }

    public override string Entry(ReadOnlySpan<char> piece) => piece.ToString();

    private static string ByteEntry(int value) => $"<0x{value:X2}>";
}
