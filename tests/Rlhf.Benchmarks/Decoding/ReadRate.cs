using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>How fast threads read memory over and over: what bounds a decoder that multiplies each weight once a token.</summary>
internal static unsafe partial class ReadRate
{
    private const int Alignment = 2 * 1024 * 1024;
    private const int AdviseHugePages = 14;
    private const double Seconds = 0.1;

    /// <summary>Bytes per second of reading <paramref name="bytes"/> of memory, a part for each thread; the best of five.</summary>
    public static double Measure(long bytes, int threads)
    {
        void* memory = NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        try
        {
            // As the engine's weights lie.
            if (OperatingSystem.IsLinux())
                _ = Advise(memory, (nuint)bytes, AdviseHugePages);
            NativeMemory.Fill(memory, (nuint)bytes, 1);
            return Enumerable.Range(0, 5).Max(_ => Once((byte*)memory, bytes, threads));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static double Once(byte* memory, long bytes, int threads)
    {
        long part = bytes / threads / 1024 * 1024;
        var read = new long[threads];
        long start = Stopwatch.GetTimestamp();
        Thread[] readers = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            float sum = 0;
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds)
            {
                sum += Sum(memory + (thread * part), part);
                read[thread] += part;
            }

            GC.KeepAlive(sum);
        }))];
        Array.ForEach(readers, reader => reader.Start());
        Array.ForEach(readers, reader => reader.Join());
        return read.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static float Sum(byte* from, long bytes)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (byte* at = from; at < from + bytes; at += 256)
        {
            a += Vector512.Load((float*)at);
            b += Vector512.Load((float*)(at + 64));
            c += Vector512.Load((float*)(at + 128));
            d += Vector512.Load((float*)(at + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
