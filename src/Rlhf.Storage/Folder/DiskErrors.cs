namespace Rlhf.Storage;

/// <summary>Tells a full disk, and one that is not to be written to, from other errors of the file system.</summary>
internal static class DiskErrors
{
    // .NET keeps the bare errno in HResult on Unix.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsReadOnly(Exception e) => e is IOException { HResult: ReadOnlyFileSystem };

    public static bool IsFull(Exception e) => e is IOException { HResult: NoSpace or QuotaExceeded or WindowsDiskFull };
}
