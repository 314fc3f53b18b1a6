using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>Makes libtorch fit for training on a shared machine, before its first use in the process.</summary>
public static partial class TorchRuntime
{
    private static readonly Lock Preparing = new();
    private static bool _loaded;
    private static bool _tooLate;

    /// <summary>
    /// Loads libtorch, the first time. To be called before anything else of libtorch is used. Operators have one
    /// thread from then on, on every thread of the process: what is large is cut in parts that are computed side by side (a model's
    /// <c>threads</c>), which takes three quarters of the time of operators that are split, and gives the same numbers with any number of
    /// threads.
    /// </summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
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

            OneThread();
        }
    }

    /// <summary>Gives the calling thread's operators one thread. A new thread has to ask before its first product: OpenMP keeps the number for
    /// each thread, and only on Linux a new one starts with 1.</summary>
    // Not inlined into its callers, so that libtorch is not loaded before the process is prepared.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void OneThread()
    {
        // Each change of the number costs: libtorch makes the threads of a pool of its own anew, and they spin for 30 ms.
        if (get_num_threads() != 1)
            set_num_threads(1);
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

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
