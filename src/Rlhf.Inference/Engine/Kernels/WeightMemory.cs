namespace Rlhf.Inference;

/// <summary>
/// Memory for the matrices of one trunk, side by side in large blocks: a step reads them all, and each alone would be too small for huge
/// pages, of which a processor finds the addresses of as many megabytes as it does kilobytes of small ones.
/// </summary>
/// <param name="expected">About how many bytes will be taken: a small model shall not hold a large block.</param>
internal sealed class WeightMemory(long expected)
{
    private const long LargestBlock = 16 * 1024 * 1024;
    private const long CacheLine = 64;

    // What is so large has huge pages anyway, and would only leave a gap.
    private const long Large = LargestBlock / 4;

    private AlignedBytes? _block;
    private long _used;

    /// <summary>The next so many bytes, zeroed, from the start of a cache line on.</summary>
    public AlignedBytes Take(long length)
    {
        if (length > Large)
            return new AlignedBytes(length);

        if (_block is null || _used + length > _block.Length)
            (_block, _used) = (new AlignedBytes(Math.Max(length, Math.Min(expected, LargestBlock))), 0);

        var taken = _block.Part(_used, length);
        _used += (length + CacheLine - 1) / CacheLine * CacheLine;
        return taken;
    }
}
