using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>How fast OpenBLAS multiplies on this machine.</summary>
internal static unsafe partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int Size = 1024;
    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    /// <summary>FLOP/s of a float32 product of 1024³, the best of eight; null where there is no OpenBLAS.</summary>
    public static double? Measure(int threads)
    {
        if (OperatingSystem.IsLinux())
        {
            // It would hold OpenBLAS to an older processor's kernels. It is read when the library is loaded.
            _ = Unset("OPENBLAS_CORETYPE");
        }

        if (!NativeLibrary.TryLoad(Library, out _))
            return null;
        SetThreads(threads);
        float[] a = [.. Enumerable.Range(0, Size * Size).Select(i => i % 7 - 3f)];
        var c = new float[Size * Size];
        fixed (float* left = a, result = c)
        {
            double best = double.PositiveInfinity;
            for (int run = 0; run < 8; run++)
            {
                long start = Stopwatch.GetTimestamp();
                Multiply(RowMajor, NoTranspose, NoTranspose, Size, Size, Size, 1, left, Size, left, Size, 0, result, Size);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return 2.0 * Size * Size * Size / best;
        }
    }

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unset(string name);

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    private static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static partial void Multiply(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
