using System.Diagnostics;
using System.Globalization;

namespace Rlhf.Storage.Tests.Crash;

public sealed class CrashTests : IDisposable
{
    private const int Rounds = 5;
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Killed_at_any_moment_everything_acknowledged_is_there_once(int seed)
    {
        var random = new Random(seed);
        var events = new HashSet<string>();
        for (var round = 1; round <= Rounds; round++)
        {
            var run = $"run{round}";
            var acknowledged = await StoreUntilKilled(run, random.Next(1, 2000));
            events.UnionWith(Of("event", acknowledged));

            using var store = new Store(folder.Path);
            Assert.True((await store.Ledger.VerifyAsync()).Holds);
            var stored = await store.Ledger.ReadAsync(0).Select(e => e.Event.Id).ToListAsync();
            Assert.Equal(stored.Count, stored.ToHashSet().Count);
            Assert.Subset(stored.ToHashSet(), events);

            // A batch is there whole or not at all.
            Assert.All(stored.Where(id => id.Contains("batch")).GroupBy(id => id.Split('-')[0] + id.Split('-')[1]), b => Assert.Equal(20, b.Count()));

            var turns = (await store.Turns.ReadAsync(run)).Select(t => t.Number).ToList();
            Assert.Equal(Enumerable.Range(1, turns.Count), turns);
            Assert.True(turns.Count >= Of("turn", acknowledged).Count());

            var adapter = await store.Adapters.LoadAsync(run);
            var saved = Of("adapter", acknowledged).Select(n => int.Parse(n, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
            Assert.True((adapter is null ? 0 : BitConverter.ToInt32(adapter)) >= saved);
        }
    }

    [Fact]
    public async Task A_folder_held_by_another_process_is_refused_with_its_id()
    {
        using var process = Start("run");
        await process.StandardOutput.ReadLineAsync();

        var error = Assert.ThrowsAny<StorageException>(() => new DataFolder(folder.Path));
        Assert.Contains($"is in use by process {process.Id}.", error.Message);
        process.Kill();
        await process.WaitForExitAsync();
        using var free = new DataFolder(folder.Path);
    }

    public void Dispose() => folder.Dispose();

    private static IEnumerable<string> Of(string kind, IEnumerable<string> lines) =>
        lines.Where(l => l.StartsWith(kind + " ", StringComparison.Ordinal)).Select(l => l[(kind.Length + 1)..]);

    private async Task<List<string>> StoreUntilKilled(string run, int lines)
    {
        using var process = Start(run);
        var acknowledged = new List<string>();
        while (acknowledged.Count < lines && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            acknowledged.Add(line);
        }

        process.Kill();

        // What was printed before the end counts too, but for a line that the end cut off.
        var rest = await process.StandardOutput.ReadToEndAsync();
        acknowledged.AddRange(rest.Split('\n')[..^1]);
        await process.WaitForExitAsync();
        Assert.True(acknowledged.Count >= lines, $"The process ended by itself: {await process.StandardError.ReadToEndAsync()}");
        return acknowledged;
    }

    private Process Start(string run) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(CrashTests).Assembly.Location, folder.Path, run])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
