using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rlhf.Inference;

/// <summary>
/// Zeroed memory for weights, outside the collector's heap; freed when nobody holds the object any more. Large blocks ask for huge pages:
/// a stream through many megabytes of small ones waits for the page table.
/// </summary>
internal sealed unsafe partial class AlignedBytes
{
    private const int CacheLine = 64;
    private const long HugePage = 2 * 1024 * 1024;
    private const int AdviseHugePages = 14;

    private readonly void* _memory;
    private readonly AlignedBytes? _whole;

    public AlignedBytes(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        bool huge = length >= HugePage;
        _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), (nuint)(huge ? HugePage : CacheLine));
        GC.AddMemoryPressure(Math.Max(length, 1));
        if (huge && OperatingSystem.IsLinux())
            _ = Advise(_memory, (nuint)length, AdviseHugePages);
        NativeMemory.Clear(_memory, (nuint)length);
    }

    private AlignedBytes(AlignedBytes whole, long offset, long length)
    {
        _whole = whole;
        _memory = whole.Pointer + offset;
        Length = length;
        GC.SuppressFinalize(this);
    }

    ~AlignedBytes()
    {
        if (_memory == null)
            return;
        NativeMemory.AlignedFree(_memory);
        GC.RemoveMemoryPressure(Math.Max(Length, 1));
    }

    public long Length { get; }

    public byte* Pointer => (byte*)_memory;

    /// <summary>A part of this memory, which lives for as long as any part of it is held.</summary>
    public AlignedBytes Part(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
        return new AlignedBytes(_whole ?? this, _whole is null ? offset : Pointer - _whole.Pointer + offset, length);
    }

    // Only a hint: where the kernel refuses, everything works on small pages.
    [LibraryImport("libc", EntryPoint = "madvise")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial int Advise(void* address, nuint length, int advice);
}
