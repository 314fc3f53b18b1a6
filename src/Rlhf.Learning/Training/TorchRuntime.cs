using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Training;

/// <summary>Makes libtorch fit for training on a shared machine, before its first use in the process.</summary>
public static partial class TorchRuntime
{
    /// <summary>Below this many GFLOP/s in a 512³ product the machine is not fit to train on.</summary>
    public const double LeastGigaflops = 50;

    private static readonly Lock Preparing = new();
    private static bool _loaded;
    private static bool _tooLate;
    private static double _gigaflops;

    /// <summary>
    /// Loads libtorch, the first time, and times a product. To be called before anything else of libtorch is used. Operators have one
    /// thread from then on, on every thread of the process: what is large is cut in parts that are computed side by side (a model's
    /// <c>threads</c>), which takes three quarters of the time of operators that are split, and gives the same numbers with any number of
    /// threads.
    /// </summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded, or is too slow to train with.</exception>
    public static void Start()
    {
        lock (Preparing)
        {
            if (!_loaded)
            {
                if (_tooLate)
                    throw new InvalidOperationException("libtorch was loaded before Rlhf.Learning could set what makes its numbers reproducible: call TorchRuntime.Start before anything of TorchSharp.");

                TuneMalloc();
                TorchLibrary.Load();
                _loaded = true;
            }

            StartTorch();
        }
    }

    /// <summary>Gives the calling thread's operators one thread. A new thread has to ask before its first product: OpenMP keeps the number for
    /// each thread, and only on Linux a new one starts with 1.</summary>
    internal static void OneThread()
    {
        // Each change of the number costs: libtorch makes the threads of a pool of its own anew, and they spin for 30 ms.
        if (get_num_threads() != 1)
            set_num_threads(1);
    }

    // Apart from its caller, so that libtorch is not loaded before the process is prepared.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StartTorch()
    {
        OneThread();
        if (_gigaflops < LeastGigaflops)
            _gigaflops = MeasureGigaflops();
        if (_gigaflops < LeastGigaflops)
        {
            throw new TorchUnavailableException(
                $"A 512x512x512 product runs at {_gigaflops:F1} GFLOP/s on this machine; training needs at least {LeastGigaflops:F0}. A processor with AVX2, "
                + "or MKL_CBWR without COMPATIBLE, has that.");
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

    // Both are read once, by libraries that are loaded with libtorch, and from the process's own environment, which .NET's is a copy of. So they
    // are set before anything of this assembly runs, through which all of this product comes to libtorch: no caller can forget to.
    // OMP_NUM_THREADS is for threads that libtorch has not been asked about. MKL chooses a kernel by how memory happens to be aligned, so that
    // a run resumed would differ from one left alone in its last bits, unless it is told not to: conditional numerical reproducibility, oneMKL's
    // developer guide. The operator's own choice of that stays.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The environment has to be set before a caller can do anything, not when it asks for it.")]
    internal static void SetEnvironment()
    {
        if (!OperatingSystem.IsLinux())
            return;

        _ = SetEnv("OMP_NUM_THREADS", "1", overwrite: 1);
        _ = SetEnv("MKL_CBWR", "AUTO,STRICT", overwrite: 0);
        _tooLate = File.ReadLines("/proc/self/maps").Any(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal));
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
