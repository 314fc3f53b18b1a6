namespace Rlhf.Inference;

/// <summary>
/// Zeroed numbers at a fixed address that starts a cache line. The collector owns them: whoever uses the pointer must hold the object.
/// </summary>
internal sealed unsafe class AlignedFloats
{
    private const int CacheLine = 64;

    private readonly float[] _array;

    public AlignedFloats(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength - CacheLine);
        _array = GC.AllocateArray<float>((int)length + (CacheLine / sizeof(float)), pinned: true);
        Length = (int)length;
        fixed (float* start = _array)
            Pointer = (float*)(((nuint)start + CacheLine - 1) / CacheLine * CacheLine);
    }

    public int Length { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);
}
