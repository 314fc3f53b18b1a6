using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Training;

/// <summary>Makes libtorch fit for training on a shared machine, before its first use in the process.</summary>
public static partial class TorchRuntime
{
    /// <summary>Below this many GFLOP/s in a 512³ product the machine is not fit to train on.</summary>
    public const double LeastGigaflops = 50;

    private static readonly Lock Preparing = new();
    private static bool _prepared;
    private static double _gigaflops;

    /// <summary>
    /// Prepares the process once, sets the threads of the calling thread's operators, and times a product once. To be called on the
    /// thread that will train: libtorch keeps the number per thread.
    /// </summary>
    /// <param name="threads">Threads of an operator. OpenMP's default would take every core and spin between operators.</param>
    /// <exception cref="InvalidOperationException">The linear algebra library is too slow to train with.</exception>
    public static void Start(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Preparing)
        {
            if (!_prepared)
            {
                TuneMalloc();
                TuneOpenMp();
                _prepared = true;
            }

            StartTorch(threads);
        }
    }

    // Apart from its caller, so that libtorch is not loaded before the process is prepared.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StartTorch(int threads)
    {
        set_num_threads(threads);
        if (_gigaflops < LeastGigaflops)
            _gigaflops = MeasureGigaflops();
        if (_gigaflops < LeastGigaflops)
        {
            throw new InvalidOperationException(
                $"A 512x512x512 product runs at {_gigaflops:F1} GFLOP/s; training needs at least {LeastGigaflops:F0}. libtorch is probably bound to the "
                + "reference BLAS: install the package libopenblas0-openmp (apt-get install libopenblas0-openmp) and start again.");
        }
    }

    // What an undisturbed machine would do: by the processor time of this thread, which has its share of the product, so that a busy
    // machine is not taken for a slow library; the best of several.
    private static double MeasureGigaflops()
    {
        const int size = 512, attempts = 20;
        const double flop = 2.0 * size * size * size;
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var left = ones(size, size);      // (512, 512)
        var right = ones(size, size);     // (512, 512)
        var best = 0.0;
        for (var attempt = 0; attempt < attempts && best < LeastGigaflops; attempt++)
        {
            var before = ThreadSeconds();
            left.matmul(right).Dispose();  // (512, 512)
            best = Math.Max(best, flop / (ThreadSeconds() - before) / 1e9);
        }

        return best;
    }

    private static double ThreadSeconds()
    {
        const int threadCpuTime = 3;
        return OperatingSystem.IsLinux() && ClockGetTime(threadCpuTime, out var time) == 0
            ? time.Seconds + (time.Nanoseconds * 1e-9)
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    // A fresh 64 MiB tensor costs ten times its arithmetic in page faults unless freed pages stay with the process.
    private static void TuneMalloc()
    {
        const int trimThreshold = -1, topPad = -2, mmapMax = -4, arenaMax = -8;
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = MallOpt(arenaMax, 1);
            _ = MallOpt(mmapMax, 0);
            _ = MallOpt(trimThreshold, 1 << 30);
            _ = MallOpt(topPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Another libc than glibc has no such switch.
        }
    }

    // Read by OpenMP when it is loaded. What the operator has set stays.
    private static void TuneOpenMp()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = SetEnv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
