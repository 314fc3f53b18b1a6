namespace Rlhf.Inference;

/// <summary>A set of bytes.</summary>
internal readonly record struct ByteSet(ulong A, ulong B, ulong C, ulong D)
{
    public bool IsEmpty => (A | B | C | D) == 0;

    public static ByteSet Of(byte value) => Between(value, value);

    /// <summary>All from one to another, both included.</summary>
    public static ByteSet Between(int first, int last)
    {
        Span<ulong> words = stackalloc ulong[4];
        words.Clear();
        for (int value = first; value <= last; value++)
            words[value >> 6] |= 1UL << (value & 63);
        return new ByteSet(words[0], words[1], words[2], words[3]);
    }

    public static ByteSet operator |(ByteSet a, ByteSet b) => new(a.A | b.A, a.B | b.B, a.C | b.C, a.D | b.D);

    public bool Contains(byte value) => (((value >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D }) >> (value & 63) & 1) != 0;
}
