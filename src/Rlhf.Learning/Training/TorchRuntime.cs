using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
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
    public static void Start([Range(1, 1024)] int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Preparing)
        {
            if (!_prepared)
            {
                TuneMalloc();
                TuneLinearAlgebra();
                _prepared = true;
            }

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
    }

    // The best of several, because a shared machine may take the cores away for a while.
    private static double MeasureGigaflops()
    {
        const int size = 512;
        const double flop = 2.0 * size * size * size;
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var left = ones(size, size);      // (512, 512)
        var right = ones(size, size);     // (512, 512)
        var best = 0.0;
        var whole = Stopwatch.StartNew();
        for (var attempt = 0; attempt < 100 && best < 2 * LeastGigaflops && whole.Elapsed < TimeSpan.FromSeconds(3); attempt++)
        {
            var one = Stopwatch.StartNew();
            left.matmul(right).Dispose();  // (512, 512)
            best = Math.Max(best, flop / one.Elapsed.TotalSeconds / 1e9);
        }

        return best;
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

    // Read by OpenMP and OpenBLAS when they are loaded. What the operator has set stays.
    private static void TuneLinearAlgebra()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = SetEnv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        if (OpenBlasCore() is { } core)
            _ = SetEnv("OPENBLAS_CORETYPE", core, overwrite: 0);
    }

    // OpenBLAS before 0.3.22 does not know AMD's AVX-512 and falls back to AVX2, at half the speed.
    private static string? OpenBlasCore()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported)
            return null;
        const int amd = 0x68747541, bfloat16 = 1 << 5; // "Auth"enticAMD; leaf 7.1, EAX, bit 5
        return X86Base.CpuId(0, 0).Ebx != amd ? null
            : (X86Base.CpuId(7, 1).Eax & bfloat16) != 0 ? "COOPERLAKE" : "SKYLAKEX";
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
