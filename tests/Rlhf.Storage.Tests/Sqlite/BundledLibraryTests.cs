using System.Runtime.InteropServices;

namespace Rlhf.Storage.Tests.Sqlite;

/// <summary>What the native library of the package must be able to do. Who begins to read while others do so waits a
/// microsecond at a time; a build without <c>usleep</c> and <c>nanosleep</c> makes whole seconds of that, in which nothing is stored.</summary>
public sealed class BundledLibraryTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public async Task SQLite_waits_a_millisecond_where_it_asks_for_one_not_a_second()
    {
        await store.Ledger.AppendAsync(Samples.Thumbs("e1"));

        // It tells how long it waited.
        Assert.Equal(1, Sleep(1));
    }

    public void Dispose() => store.Dispose();

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_sleep", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Sleep(int milliseconds);
}
