using Rlhf.Contracts;

namespace Rlhf.Storage.Tests.Ledger;

/// <summary>What holds in every store.</summary>
public abstract class FeedbackLedgerContract(StoreKind kind) : IDisposable
{
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task An_event_comes_back_as_it_was_after_a_restart()
    {
        var thumbs = Samples.Thumbs("e1");
        await store.Ledger.AppendAsync(thumbs);
        store.Restart();

        var entry = Assert.Single(await store.Ledger.ReadAsync(0).ToListAsync());
        Assert.Equal(1, entry.Sequence);
        Assert.Equivalent(thumbs, entry.Event, strict: true);
    }

    [ContractFact]
    public async Task Arrays_that_were_never_set_are_stored_as_empty()
    {
        await store.Ledger.AppendAsync(Samples.Thumbs("e1") with { Tags = default, Messages = default, Tokens = default, LogProbs = default });

        var stored = Assert.Single(await store.Ledger.ReadAsync(0).ToListAsync()).Event;
        Assert.False(stored.Tags.IsDefault || stored.Messages.IsDefault || stored.Tokens.IsDefault || stored.LogProbs.IsDefault);
        Assert.Empty(stored.Tokens);
    }

    [ContractFact]
    public async Task A_conversation_finds_what_was_said_about_it_and_nothing_else()
    {
        await store.Ledger.AppendAsync(Samples.Thumbs("e1"));
        await store.Ledger.AppendAsync(Samples.Thumbs("e2") with { CompletionId = CompletionId.Of("c-1-1", 3) });
        await store.Ledger.AppendAsync(Samples.Thumbs("e3") with { CompletionId = null });
        await store.Ledger.AppendAsync(Samples.Thumbs("e4") with { CompletionId = CompletionId.Of("c-1", 2), Replaces = true });
        store.Restart();

        var said = await store.Ledger.ReadConversationAsync("c-1");
        Assert.Equal(["e1", "e4"], said.Select(entry => entry.Event.Id));
        Assert.True(said[1].Event.Replaces);
        Assert.Empty(await store.Ledger.ReadConversationAsync("c"));
    }

    [ContractFact]
    public async Task The_same_id_is_recorded_once_and_answers_with_its_first_place()
    {
        var first = await store.Ledger.AppendAsync(Samples.Thumbs("e1"));
        await store.Ledger.AppendAsync(Samples.Thumbs("e2"));
        var again = await store.Ledger.AppendAsync(Samples.Thumbs("e1", up: false));

        Assert.Equal(new AppendResult(1, Duplicate: false), first);
        Assert.Equal(new AppendResult(1, Duplicate: true), again);
        Assert.Equal(2, await store.Ledger.LastSequenceAsync());
        Assert.True((await store.Ledger.ReadAsync(0).ToListAsync())[0].Event.Up);
    }

    [ContractFact]
    public async Task Within_a_batch_too_an_id_is_recorded_once()
    {
        await store.Ledger.AppendAsync(Samples.Thumbs("b"));
        var results = await store.Ledger.AppendAsync([Samples.Thumbs("a"), Samples.Thumbs("b"), Samples.Thumbs("a"), Samples.Thumbs("c")]);

        Assert.Equal(
            [new AppendResult(2, false), new AppendResult(1, true), new AppendResult(2, true), new AppendResult(3, false)],
            results);
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
    }

    [ContractFact]
    public async Task Events_stand_in_the_order_in_which_they_were_appended_without_gaps()
    {
        await store.Ledger.AppendAsync(Samples.Many(700, "batch"));
        await Task.WhenAll(Samples.Many(300, "single").Select(e => store.Ledger.AppendAsync(e)));

        var entries = await store.Ledger.ReadAsync(0).ToListAsync();
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), entries.Select(e => e.Sequence));
        Assert.Equal(Samples.Many(700, "batch").Concat(Samples.Many(300, "single")).Select(e => e.Id), entries.Select(e => e.Event.Id));
    }

    [ContractFact]
    public async Task Reading_goes_on_after_the_cursor()
    {
        await store.Ledger.AppendAsync(Samples.Many(1200));

        foreach (var (after, expected) in new[] { (0, 1200), (511, 689), (512, 688), (1199, 1), (1200, 0), (5000, 0) })
        {
            var entries = await store.Ledger.ReadAsync(after).ToListAsync();
            Assert.Equal(expected, entries.Count);
            Assert.All(entries, (e, i) => Assert.Equal(after + i + 1, e.Sequence));
        }
    }

    [ContractFact]
    public async Task A_reader_sees_what_is_appended_while_it_reads()
    {
        await store.Ledger.AppendAsync(Samples.Many(512));

        var seen = 0;
        await foreach (var entry in store.Ledger.ReadAsync(0))
        {
            if (++seen == 1)
            {
                await store.Ledger.AppendAsync(Samples.Thumbs("late"));
            }
        }

        Assert.Equal(513, seen);
    }

    [ContractFact]
    public async Task An_empty_ledger_and_an_empty_batch_are_no_errors()
    {
        Assert.Empty(await store.Ledger.AppendAsync(Array.Empty<FeedbackEvent>()));
        Assert.Equal(0, await store.Ledger.LastSequenceAsync());
        Assert.Empty(await store.Ledger.ReadAsync(0).ToListAsync());
        Assert.Equal(new LedgerVerification(0, null, null), await store.Ledger.VerifyAsync());
    }

    [ContractFact]
    public async Task A_batch_with_an_event_without_id_is_refused_whole()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => store.Ledger.AppendAsync([Samples.Thumbs("a"), Samples.Thumbs("")]));

        Assert.StartsWith("Event 1 of 2 has no id", error.Message);
        Assert.Equal(0, await store.Ledger.LastSequenceAsync());
    }

    [ContractFact]
    public async Task A_cancelled_append_is_not_recorded()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Ledger.AppendAsync(Samples.Thumbs("a"), new CancellationToken(canceled: true)));

        Assert.Equal(0, await store.Ledger.LastSequenceAsync());
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteFeedbackLedgerTests() : FeedbackLedgerContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableFeedbackLedgerTests() : FeedbackLedgerContract(StoreKind.Tables);
