using Azure.Data.Tables;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

public sealed class TableLedgerTests
{
    private readonly TableStorageOptions tables = new(AzuriteInstallation.Missing is null ? AzuriteServer.Shared.ConnectionString : "", $"t{Guid.NewGuid():N}");

    [AzuriteFact]
    public async Task Writers_side_by_side_give_every_event_one_place_of_an_order_without_gaps()
    {
        using var one = new Store(tables);
        using var other = new Store(tables);
        await Task.WhenAll(
            Task.WhenAll(Samples.Many(60, "one").Select(e => one.Ledger.AppendAsync(e))),
            Task.WhenAll(Samples.Many(60, "other").Select(e => other.Ledger.AppendAsync(e))),
            one.Ledger.AppendAsync(Samples.Many(30, "both")),
            other.Ledger.AppendAsync(Samples.Many(30, "both")));

        var entries = await one.Ledger.ReadAsync(0).ToListAsync();
        Assert.Equal(Enumerable.Range(1, 150).Select(i => (long)i), entries.Select(entry => entry.Sequence));
        Assert.Equal(150, entries.Select(entry => entry.Event.Id).Distinct().Count());
        Assert.Equal(new LedgerVerification(150, null, null), await other.Ledger.VerifyAsync());
        Assert.True((await one.Ledger.AppendAsync(Samples.Thumbs("other7"))).Duplicate);
        Assert.Equal(150, (await other.Ledger.ReadConversationAsync("c-1")).Count);
    }

    [AzuriteFact]
    public async Task A_reader_that_follows_writers_misses_nothing()
    {
        using var one = new Store(tables);
        using var other = new Store(tables);
        using var reader = new Store(tables);
        var writing = Task.WhenAll(
            Parallel.ForEachAsync(Samples.Many(30, "one"), async (e, _) => await one.Ledger.AppendAsync(e)),
            Parallel.ForEachAsync(Samples.Many(30, "other"), async (e, _) => await other.Ledger.AppendAsync(e)));

        var cursor = 0L;
        do
        {
            await foreach (var entry in reader.Ledger.ReadAsync(cursor))
            {
                Assert.Equal(++cursor, entry.Sequence);
            }
        }
        while (!writing.IsCompleted || cursor < await reader.Ledger.LastSequenceAsync());
        await writing;
        Assert.Equal(60, cursor);
    }

    [AzuriteFact]
    public async Task A_large_batch_is_many_stretches_and_one_commit()
    {
        using var store = new Store(tables);
        var large = Samples.Many(150).Select((e, i) => e with { Comment = new string('x', i * 500) }).ToList();
        await store.Ledger.AppendAsync(large);

        Assert.Equal(large.Select(e => e.Comment!.Length), (await store.Ledger.ReadAsync(0).ToListAsync()).Select(entry => entry.Event.Comment!.Length));
        Assert.Equal(2, (await store.Tables.Table("ledger").QueryAsync<TableEntity>().ToListAsync()).Count);
        var error = await Assert.ThrowsAsync<StorageException>(() => store.Ledger.AppendAsync(Samples.Thumbs("huge") with { Reply = new string('x', 800_000) }));
        Assert.Contains("takes at most", error.Message);
    }

    [AzuriteTheory]
    [InlineData("change", 4, "was changed")]
    [InlineData("checksum", 4, "was changed")]
    [InlineData("id", 4, "filed under the id 'another'")]
    [InlineData("delete", 5, "Entry 4 is missing")]
    [InlineData("cut", 10, "Entry 10 is missing")]
    public async Task A_ledger_that_was_tampered_with_says_where(string tampering, long brokenAt, string reason)
    {
        using var store = new Store(tables);
        foreach (var e in Samples.Many(10))
        {
            await store.Ledger.AppendAsync(e);
        }

        Assert.True((await store.Ledger.VerifyAsync()).Holds);
        var events = store.Tables.Table("events");
        var victim = await events.QueryAsync<TableEntity>($"Sequence eq {(tampering == "cut" ? 10 : 4)}L").SingleAsync();
        switch (tampering)
        {
            case "change": victim["Content"] = Content.Of(Samples.Thumbs("e4", up: false) with { Rater = "another" }); break;
            case "checksum": victim["Checksum"] = new byte[32]; break;
            case "id": victim["Id"] = "another"; break;
            default: await events.DeleteEntityAsync(victim.PartitionKey, victim.RowKey); break;
        }

        if (tampering is not ("delete" or "cut"))
        {
            await events.UpsertEntityAsync(victim, TableUpdateMode.Replace);
        }

        var verification = await store.Ledger.VerifyAsync();
        Assert.Equal(brokenAt, verification.BrokenAt);
        Assert.Contains(reason, verification.Reason);
    }

    [AzuriteFact]
    public async Task What_a_crash_left_between_commit_and_index_is_found_by_the_next_process()
    {
        using (var store = new Store(tables))
        {
            await store.Ledger.AppendAsync(Samples.Many(40));
        }

        using var account = new Store(tables);
        var index = account.Tables.Table("index");
        await foreach (var row in index.QueryAsync<TableEntity>())
        {
            await index.DeleteEntityAsync(row.PartitionKey, row.RowKey);
        }

        using var next = new Store(tables);
        Assert.Equal(new AppendResult(7, Duplicate: true), await next.Ledger.AppendAsync(Samples.Thumbs("e7")));
        Assert.Equal(40, (await next.Ledger.ReadConversationAsync("c-1")).Count);
    }
}
