using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Rlhf.Testing;

namespace Rlhf.Deployment.Tests.PostgreSql;

/// <summary>Orleans' reminders on the tables of <c>deploy/postgresql</c>, through Orleans' own provider.</summary>
public sealed class ReminderTests(OrleansDatabase database) : IClassFixture<OrleansDatabase>
{
    private static readonly DateTime Now = new(2026, 11, 29, 12, 0, 0, DateTimeKind.Utc);

    [PostgreSqlFact]
    public async Task A_reminder_is_written_over_and_removed_only_with_its_last_etag()
    {
        var table = await TableAsync("etag");
        var reminder = Entry("a", TimeSpan.FromMinutes(1));
        var first = (await table.UpsertRow(reminder, CancellationToken.None))!;
        reminder.Period = TimeSpan.FromDays(60); // more milliseconds than 32 bits hold
        var second = (await table.UpsertRow(reminder, CancellationToken.None))!;
        Assert.NotEqual(first, second);

        var stored = (await table.ReadRow(reminder.GrainId, "train", CancellationToken.None))!;
        Assert.Equal((reminder.GrainId, "train", Now, reminder.Period, second), (stored.GrainId, stored.ReminderName, stored.StartAt, stored.Period, stored.ETag));
        Assert.False(await table.RemoveRow(reminder.GrainId, "train", first, CancellationToken.None));
        Assert.True(await table.RemoveRow(reminder.GrainId, "train", second, CancellationToken.None));
        Assert.False(await table.RemoveRow(reminder.GrainId, "train", second, CancellationToken.None));
        Assert.Null(await table.ReadRow(reminder.GrainId, "train", CancellationToken.None));
    }

    [PostgreSqlFact]
    public async Task Ranges_exclude_their_beginning_include_their_end_and_go_around_the_ring()
    {
        var table = await TableAsync("ranges");
        var entries = Enumerable.Range(0, 64).Select(number => Entry($"grain-{number}", TimeSpan.FromHours(1))).ToList();
        foreach (var entry in entries)
        {
            await table.UpsertRow(entry, CancellationToken.None);
        }

        await (await TableAsync("other")).UpsertRow(entries[0], CancellationToken.None); // another service's
        var hashes = entries.Select(entry => entry.GrainId.GetUniformHashCode()).Order().ToList();
        foreach (var (begin, end) in new[] { (hashes[5], hashes[20]), (hashes[60], hashes[3]), (hashes[7], hashes[7]), (0u, uint.MaxValue), (hashes[20], hashes[60]), (1u << 31, 1u) })
        {
            var expected = hashes.Where(hash => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end);
            Assert.Equal(expected, (await table.ReadRows(begin, end, CancellationToken.None)).Reminders.Select(reminder => reminder.GrainId.GetUniformHashCode()).Order());
        }
    }

    [PostgreSqlFact]
    public async Task A_grains_reminders_are_found_by_the_grain()
    {
        var table = await TableAsync("grain");
        var (train, other) = (Entry("a", TimeSpan.FromHours(1)), Entry("a", TimeSpan.FromHours(2), "other"));
        foreach (var entry in (ReminderEntry[])[train, other, Entry("b", TimeSpan.FromHours(3))])
        {
            await table.UpsertRow(entry, CancellationToken.None);
        }

        Assert.Equal(["other", "train"], (await table.ReadRows(train.GrainId, CancellationToken.None)).Reminders.Select(reminder => reminder.ReminderName).Order());
        await table.TestOnlyClearTable(CancellationToken.None);
        Assert.Empty((await table.ReadRows(train.GrainId, CancellationToken.None)).Reminders);
    }

    private async Task<IReminderTable> TableAsync(string service)
    {
        using var silo = database.Silo(service);
        var table = silo.Services.GetRequiredService<IReminderTable>();
        await table.StartAsync(CancellationToken.None);
        return table;
    }

    private static ReminderEntry Entry(string grain, TimeSpan period, string name = "train") =>
        new() { GrainId = GrainId.Create("learner", grain), ReminderName = name, StartAt = Now, Period = period };
}
