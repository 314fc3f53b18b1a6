using System.Runtime.InteropServices;

namespace Rlhf.Storage.Tests.Sqlite;

public sealed class ShortWaitsTests : IDisposable
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
