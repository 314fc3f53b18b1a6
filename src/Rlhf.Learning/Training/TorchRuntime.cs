using System.Diagnostics;
using System.Globalization;
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
    private static int _processThreads = 1;
    private static double _gigaflops;

    /// <summary>
    /// Prepares the process once, sets the threads of the calling thread's operators, and times a product once. To be called on the
    /// thread that will train: libtorch keeps the number per thread.
    /// </summary>
    /// <param name="threads">Threads of an operator at most. OpenMP's default would take every core and spin between operators. The first
    /// number above one is the process's: who asks for more gets that, who asks for less gets one.</param>
    /// <exception cref="InvalidOperationException">The linear algebra library is too slow to train with.</exception>
    public static void Start(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Preparing)
        {
            if (!_prepared)
            {
                TuneMalloc();
                TuneOpenMp(threads);
                _prepared = true;
            }

            if (_processThreads == 1)
                _processThreads = threads;
            StartTorch(Allowed(threads, _processThreads));
        }
    }

    /// <summary>
    /// The threads that an operator gets. OpenBLAS keeps working memory for as many threads as its last product had, for the whole process:
    /// products of two and of three threads at the same time take each other's memory away, and give wrong numbers or never end. Products
    /// of one thread need none of it.
    /// </summary>
    /// <param name="asked">What the caller wants at most.</param>
    /// <param name="process">What operators of this process have that have more than one.</param>
    internal static int Allowed(int asked, int process) => asked >= process ? process : 1;

    /// <summary>Sets the threads of the calling thread's operators.</summary>
    /// <param name="threads">One, or the process's number.</param>
    internal static void Use(int threads)
    {
        // A thread's first question is answered with what any thread has set last; only then does it keep its own number.
        _ = get_num_threads();
        set_num_threads(threads);
    }

    // Apart from its caller, so that libtorch is not loaded before the process is prepared.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StartTorch(int threads)
    {
        Use(threads);
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

    // Read by OpenMP when it is loaded. How it waits is the operator's to say; the number is for threads that never asked for one.
    private static void TuneOpenMp(int threads)
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = SetEnv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        _ = SetEnv("OMP_NUM_THREADS", threads.ToString(CultureInfo.InvariantCulture), overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
