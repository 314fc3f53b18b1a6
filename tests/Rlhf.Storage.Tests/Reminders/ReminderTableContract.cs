using Orleans;
using Orleans.Runtime;

namespace Rlhf.Storage.Tests.Reminders;

/// <summary>What holds in every store.</summary>
public abstract class ReminderTableContract(StoreKind kind) : IDisposable
{
    private static readonly GrainId Learner = GrainId.Create("learner", "demo");
    private static readonly DateTime Noon = new(2026, 11, 20, 12, 0, 0, 123, DateTimeKind.Utc);
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task A_reminder_comes_back_as_it_was_after_a_restart()
    {
        var entry = Entry(Learner, "foo/bar\\#b_a_z?");
        var etag = await Table.UpsertRow(entry);
        store.Restart();

        var read = await Table.ReadRow(Learner, entry.ReminderName);
        Assert.NotNull(read);
        Assert.Equal((entry.GrainId, entry.ReminderName, entry.StartAt, entry.Period), (read.GrainId, read.ReminderName, read.StartAt, read.Period));
        Assert.NotEqual(DateTimeKind.Local, read.StartAt.Kind); // Orleans takes it for UTC
        Assert.Equal(etag, read.ETag);
    }

    [ContractFact]
    public async Task Registering_again_replaces_it_and_gives_it_a_new_etag()
    {
        var first = await Table.UpsertRow(Entry(Learner, "train"));
        var later = Entry(Learner, "train");
        later.Period = TimeSpan.FromHours(2);
        var second = await Table.UpsertRow(later);

        Assert.NotEqual(first, second);
        var only = Assert.Single((await Table.ReadRows(Learner)).Reminders);
        Assert.Equal((TimeSpan.FromHours(2), second), (only.Period, only.ETag));
    }

    [ContractFact]
    public async Task Only_the_row_that_was_read_is_removed()
    {
        var stale = (await Table.UpsertRow(Entry(Learner, "train")))!;
        var etag = (await Table.UpsertRow(Entry(Learner, "train")))!;

        Assert.False(await Table.RemoveRow(Learner, "train", stale));
        Assert.False(await Table.RemoveRow(Learner, "bla", etag));
        Assert.True(await Table.RemoveRow(Learner, "train", etag));
        Assert.False(await Table.RemoveRow(Learner, "train", etag));
        Assert.Null(await Table.ReadRow(Learner, "train"));
    }

    [ContractFact]
    public async Task A_grain_gets_its_own_reminders_only()
    {
        await Table.UpsertRow(Entry(Learner, "train"));
        await Table.UpsertRow(Entry(Learner, "check"));
        await Table.UpsertRow(Entry(GrainId.Create("learner", "other"), "train"));

        Assert.Equal(["check", "train"], (await Table.ReadRows(Learner)).Reminders.Select(r => r.ReminderName).Order());
        Assert.Null(await Table.ReadRow(GrainId.Create("learner", "other"), "check"));
    }

    [ContractFact]
    public async Task A_range_of_the_ring_excludes_its_begin_includes_its_end_and_may_wrap()
    {
        var grains = Enumerable.Range(0, 100).Select(i => GrainId.Create("learner", $"l{i}")).OrderBy(g => g.GetUniformHashCode()).ToList();
        foreach (var grain in grains)
        {
            await Table.UpsertRow(Entry(grain, "train"));
        }

        var hashes = grains.Select(g => g.GetUniformHashCode()).ToList();
        foreach (var (begin, end) in new[] { (0u, uint.MaxValue), (hashes[10], hashes[20]), (hashes[90], hashes[5]), (hashes[7], hashes[7]), (0u, 0u) })
        {
            var expected = hashes.Where(h => begin < end ? h > begin && h <= end : h > begin || h <= end);
            var found = (await Table.ReadRows(begin, end)).Reminders.Select(r => r.GrainId.GetUniformHashCode());
            Assert.Equal(expected.Order(), found.Order());
        }
    }

    [ContractFact]
    public async Task Parallel_registrations_all_get_an_etag_and_the_last_one_stays()
    {
        var etags = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Table.UpsertRow(Entry(Learner, "train"))));

        Assert.Equal(50, etags.Distinct().Count());
        Assert.Contains((await Table.ReadRow(Learner, "train"))!.ETag, etags);
    }

    [ContractFact]
    public async Task Clearing_the_table_removes_all()
    {
        await Table.UpsertRow(Entry(Learner, "train"));
        await Table.TestOnlyClearTable();

        Assert.Empty((await Table.ReadRows(0, 0)).Reminders);
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }

    private IReminderTable Table => store.Reminders;

    private static ReminderEntry Entry(GrainId grain, string name) =>
        new() { GrainId = grain, ReminderName = name, StartAt = Noon, Period = TimeSpan.FromHours(1) };
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteReminderTableTests() : ReminderTableContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableReminderTableTests() : ReminderTableContract(StoreKind.Tables);
