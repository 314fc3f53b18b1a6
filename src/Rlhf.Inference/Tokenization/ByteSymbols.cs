using System.Text;

namespace Rlhf.Inference;

/// <summary>Every byte is a symbol, as in GPT-2.</summary>
internal sealed class ByteSymbols : Symbols
{
    private readonly int[] _ids = new int[256];

    /// <exception cref="InvalidDataException">A byte is not in the vocabulary.</exception>
    public ByteSymbols(IReadOnlyDictionary<int, byte[]> vocabulary)
    {
        Array.Fill(_ids, -1);
        foreach ((int id, byte[] bytes) in vocabulary)
        {
            if (bytes.Length == 1)
                _ids[bytes[0]] = id;
        }

        int missing = Array.IndexOf(_ids, -1);
        if (missing >= 0)
            throw new InvalidDataException($"The vocabulary lacks the byte 0x{missing:X2} ('{ByteAlphabet.Char((byte)missing)}'); byte-level BPE needs all 256.");
    }

    public override int[] Of(ReadOnlySpan<char> piece)
    {
        byte[] bytes = Bytes(piece);
        return Array.ConvertAll(bytes, value => _ids[value]);
    }

    public override string Entry(ReadOnlySpan<char> piece) => ByteAlphabet.Text(Bytes(piece));

    private static byte[] Bytes(ReadOnlySpan<char> piece)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        return bytes;
    }
}
