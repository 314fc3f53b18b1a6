using System.Runtime.InteropServices;

namespace Rlhf.Learner;

/// <summary>Lets training give way to serving. .NET's thread priorities do nothing on Linux; there the nice value is
/// each thread's own, and the threads that OpenMP starts from this one inherit it.</summary>
internal static partial class LowPriority
{
    private const int ThisThread = 0, PriorityOfProcess = 0, Nice = 10;

    public static void ForThisThread()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(PriorityOfProcess, ThisThread, Nice); // a refusal costs latency, nothing else
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
