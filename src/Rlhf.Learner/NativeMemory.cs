using System.Runtime.InteropServices;

namespace Rlhf.Learner;

/// <summary>Memory that libtorch has freed.</summary>
internal static partial class NativeMemory
{
    /// <summary>Gives back to the system what a training has freed. glibc keeps it, in an arena for each thread that ever allocated, until the same threads
    /// ask again, and a training's threads never do. Other C libraries give back by themselves.</summary>
    public static void GiveBack()
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                _ = Trim(0);
            }
            catch (EntryPointNotFoundException)
            {
                // musl
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
