using System.Text;
using Rlhf.Contracts;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage.Tests.Sqlite;

public sealed class ErasedBytesTests
{
    private static readonly DateTimeOffset Later = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10)]
    [InlineData(20_000)]
    public async Task What_was_erased_is_in_no_file_of_a_running_server_any_more(int length)
    {
        var secret = "S3CRET" + new string('x', length);
        using var store = new Store();
        for (var i = 1; i <= 40; i++)
        {
            var words = i % 3 == 0 ? secret : $"harmless {i}";
            await store.Ledger.AppendAsync(Samples.Thumbs($"e{i}") with { Reply = words, Rater = words[..6], Comment = words });
            await store.Turns.AppendAsync(Samples.Turn(i % 3 == 0 ? "c-S3CRET" : "c-1", i) with { Reply = words });
        }

        await store.Conversations.AddAsync(new IndexedConversation("c-S3CRET", "app", "S3CRET", Later));
        Assert.Contains("S3CRET", Bytes(store.Folder));
        Assert.Equal(13, await store.Ledger.EraseAsync(Erasure.OfUser, [.. Enumerable.Range(1, 13).Select(i => 3L * i)], Later));
        await store.Turns.DeleteAsync("c-S3CRET");
        await store.Conversations.RemoveAsync("app", "S3CRET", "c-S3CRET");
        Assert.DoesNotContain("S3CRET", Bytes(store.Folder));
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
    }

    [Fact]
    public async Task Copies_that_balanced_trees_left_are_gone_after_the_next_start()
    {
        using var store = new Store();
        await EraseFromTreesAsync(store.Conversations);
        Assert.Contains("S3CRET", Bytes(store.Folder)); // else nothing is shown below

        store.Restart();
        Assert.Equal(0, await store.Database.ReadAsync(s => s.Number("SELECT count(*) FROM remains"), CancellationToken.None));
        Assert.DoesNotContain("S3CRET", Bytes(store.Folder));
    }

    [Fact]
    public async Task Copies_that_balanced_trees_left_are_gone_some_time_after_the_last_erasure_of_a_running_server()
    {
        using var folder = new TemporaryFolder();
        using var data = new DataFolder(folder.Path);
        using var database = new Database(data, rewriteAfter: TimeSpan.Zero);
        await EraseFromTreesAsync(new SqliteConversationIndex(database));
        while (await database.ReadAsync(s => s.Number("SELECT count(*) FROM remains"), CancellationToken.None) > 0)
            await Task.Delay(10);

        await database.WriteAsync(s => s.Number("SELECT 1"), CancellationToken.None); // the writer is through with it
        Assert.DoesNotContain("S3CRET", Bytes(folder.Path));
    }

    [Fact]
    public async Task A_hole_that_no_erasure_names_is_damage()
    {
        using var store = new Store();
        await store.Ledger.AppendAsync(Samples.Many(5));
        await store.Ledger.EraseAsync(Erasure.OfUser, [2], Later);
        var hole = Storage.Content.Of(Samples.Thumbs("e4").Erased(4));
        await store.Database.WriteAsync(s => s.Execute("UPDATE feedback SET id = 'erased/4', content = ?1 WHERE sequence = 4", hole), CancellationToken.None);

        var found = await store.Ledger.VerifyAsync();
        Assert.Equal(4, found.BrokenAt);
        Assert.Contains("no erasure", found.Reason);
    }

    [Fact]
    public async Task Conversations_of_before_the_index_are_in_it()
    {
        using var store = new Store();
        await store.Turns.AppendAsync(Samples.Turn("c-old", 1));
        await store.Database.WriteAsync(
            s => s.Execute("INSERT INTO grain_state(grain, state, etag, content) VALUES('conversation/c-old', 'conversation', 'x', ?1)", Encoding.UTF8.GetBytes("""{"Owner":"ann","Client":null,"LastAbandoned":0}""")),
            CancellationToken.None);
        await store.Database.WriteAsync(s => s.Execute("DROP TABLE conversations"), CancellationToken.None);
        await store.Database.WriteAsync(s => s.Execute("ALTER TABLE keys DROP COLUMN tokens_per_minute"), CancellationToken.None);
        await store.Database.WriteAsync(s => s.Execute("ALTER TABLE keys DROP COLUMN tokens_per_day"), CancellationToken.None);
        await store.Database.WriteAsync(s => s.Execute("DROP TABLE remains"), CancellationToken.None);
        await store.Database.WriteAsync(s => s.Execute("PRAGMA user_version = 3"), CancellationToken.None);
        store.Restart();

        var found = Assert.Single((await store.Conversations.PageAsync(null, "ann", 10, null))!.Conversations);
        Assert.Equal("c-old", found.Id);
        Assert.Equal(Samples.Turn("c-old", 1).At, found.OpenedAt, TimeSpan.FromSeconds(1));
    }

    /// <summary>Enters users in an order that splits pages, and takes every second of them out in another.</summary>
    private static async Task EraseFromTreesAsync(IConversationIndex index)
    {
        int[] order = [.. Enumerable.Range(0, 400)];
        var random = new Random(7);
        random.Shuffle(order);
        await Task.WhenAll(order.Select(i => index.AddAsync(new IndexedConversation($"c-{i}", null, Name(i), Later))));
        random.Shuffle(order);
        await Task.WhenAll(order.Where(i => i % 2 == 0).Select(i => index.RemoveAsync(null, Name(i), $"c-{i}")));

        static string Name(int i) => i % 2 == 0 ? $"S3CRET-{i}" : $"harmless-{i}";
    }

    private static string Bytes(string folder) => string.Concat(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock").Select(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }));
}
