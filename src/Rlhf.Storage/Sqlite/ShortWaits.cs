using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rlhf.Storage.Sqlite;

/// <summary>
/// Lets SQLite wait as briefly as it asks to. Who begins to read while others do so, the writer too, tries again after
/// a microsecond. A build that knows no <c>usleep</c>, and the bundled one for Linux is such a build, makes a whole
/// second of it, in which nothing is stored. SQLite takes its waiting from its connection to the operating system,
/// which may be replaced: https://www.sqlite.org/vfs.html
/// </summary>
internal static unsafe partial class ShortWaits
{
    private const string Library = "e_sqlite3";
    private const int Ok = 0;

    // Kept for as long as the process lives, as SQLite keeps it.
    private static readonly OperatingSystemCalls* Calls = Install();

    /// <summary>Makes sure of it; connections that are opened from now on wait briefly.</summary>
    public static void Ensure() => _ = Calls;

    private static OperatingSystemCalls* Install()
    {
        var calls = (OperatingSystemCalls*)NativeMemory.Alloc((nuint)sizeof(OperatingSystemCalls));
        *calls = *Find(null);
        calls->Name = (byte*)Marshal.StringToCoTaskMemUTF8("short-waits");
        calls->Next = null;
        calls->Sleep = &Sleep;
        var result = Register(calls, makeDefault: 1);
        return result == Ok ? calls : throw new StorageException($"SQLite did not take over how to wait: it answered {result}.");
    }

    /// <summary>Whole milliseconds, for that is what the runtime can wait; told in microseconds.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(OperatingSystemCalls* calls, int microseconds)
    {
        var milliseconds = (microseconds + 999) / 1000;
        Thread.Sleep(milliseconds);
        return milliseconds * 1000;
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_find")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial OperatingSystemCalls* Find(byte* name);

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_register")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial int Register(OperatingSystemCalls* calls, int makeDefault);

    /// <summary>SQLite's <c>sqlite3_vfs</c> in its third version, which every SQLite since 3.7.6 has.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OperatingSystemCalls
    {
        public int Version;
        public int FileSize;
        public int LongestPath;
        public OperatingSystemCalls* Next;
        public byte* Name;
        public nint Data;
        public nint Open, Delete, Access, FullPath;
        public nint LibraryOpen, LibraryError, LibrarySymbol, LibraryClose;
        public nint Randomness;
        public delegate* unmanaged[Cdecl]<OperatingSystemCalls*, int, int> Sleep;
        public nint CurrentTime, LastError, CurrentTimeInt64;
        public nint SetSystemCall, GetSystemCall, NextSystemCall;
    }
}
