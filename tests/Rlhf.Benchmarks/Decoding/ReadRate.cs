using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>
/// How fast threads read memory over and over: what bounds a decoder that multiplies each weight once a token. Each reads four places side
/// by side, which is faster than one.
/// </summary>
internal sealed unsafe partial class ReadRate : IDisposable
{
    private const int Alignment = 2 * 1024 * 1024;
    private const int AdviseHugePages = 14;
    private const int Places = 4;
    private const int Line = 64;
    private const double Seconds = 0.1;

    private readonly byte* _memory;
    private readonly long _place;
    private readonly int _threads;

    /// <param name="bytes">How much memory is read.</param>
    /// <param name="threads">Each reads a part of it.</param>
    public ReadRate(long bytes, int threads)
    {
        _threads = threads;
        _place = bytes / threads / Places / Line * Line;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        // As the engine's weights lie.
        if (OperatingSystem.IsLinux())
            _ = Advise(_memory, (nuint)bytes, AdviseHugePages);
        NativeMemory.Fill(_memory, (nuint)bytes, 1);
    }

    /// <summary>Bytes per second in the next tenth of a second.</summary>
    public double Measure()
    {
        var read = new long[_threads];
        long start = Stopwatch.GetTimestamp();
        Thread[] readers = [.. Enumerable.Range(0, _threads).Select(thread => new Thread(() =>
        {
            float sum = 0;
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds)
            {
                sum += Sum(_memory + (thread * Places * _place), _place);
                read[thread] += Places * _place;
            }

            GC.KeepAlive(sum);
        }))];
        Array.ForEach(readers, reader => reader.Start());
        Array.ForEach(readers, reader => reader.Join());
        return read.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(byte* a, long place)
    {
        byte* b = a + place;
        byte* c = b + place;
        byte* d = c + place;
        Vector512<float> sumA = default, sumB = default, sumC = default, sumD = default;
        for (long at = 0; at < place; at += Line)
        {
            sumA += Vector512.Load((float*)(a + at));
            sumB += Vector512.Load((float*)(b + at));
            sumC += Vector512.Load((float*)(c + at));
            sumD += Vector512.Load((float*)(d + at));
        }

        return Vector512.Sum(sumA + sumB + sumC + sumD);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
