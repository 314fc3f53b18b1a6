using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Reminders;

public interface ISleeperGrain : IGrainWithStringKey
{
    Task Remind(string name, TimeSpan due, TimeSpan period);

    Task Forget(string name);

    Task<string[]> Reminders();
}

internal sealed class SleeperGrain(Stage stage) : Grain, ISleeperGrain, IRemindable
{
    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task<string[]> Reminders() => [.. (await this.GetReminders()).Select(r => r.ReminderName).Order()];

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var tick = (status.CurrentTickTime - status.FirstTickTime) / status.Period;
        stage.Note($"{this.GetPrimaryKeyString()} {reminderName} {tick}");
        stage.Open($"{reminderName} {tick}");
        return Task.CompletedTask;
    }
}

public sealed class ReminderTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task AReminderWakesItsGrain()
    {
        await using var silo = await TestSilo.StartAsync(s => s.UseInMemoryReminderService());
        await silo.Grains.GetGrain<ISleeperGrain>("one").Remind("wake", s_minute, 2 * s_minute);

        silo.Clock.Advance(s_minute);
        await silo.Stage.Wait("wake 0");
        silo.Clock.Advance(2 * s_minute);
        await silo.Stage.Wait("wake 1");

        Assert.Equal(["one wake 0", "one wake 1"], silo.Stage.Log);
    }

    [Fact]
    public async Task RemindersOutliveActivationsAndTheProcess()
    {
        var clock = new FakeClock();
        IReminderTable table;
        await using (var before = await TestSilo.StartAsync(s => s.UseInMemoryReminderService(), clock))
        {
            table = before.Host.Services.GetRequiredService<IReminderTable>();
            await before.Grains.GetGrain<ISleeperGrain>("one").Remind("wake", s_minute, s_minute);
        }

        clock.Advance(2.5 * s_minute);
        await using var after = await TestSilo.StartAsync(s => s.AddReminders().Services.AddSingleton(table), clock);
        clock.Advance(0.5 * s_minute);
        await after.Stage.Wait("wake 2");

        Assert.Equal(["one wake 2"], after.Stage.Log);
    }

    [Fact]
    public async Task AnUnregisteredReminderIsGone()
    {
        await using var silo = await TestSilo.StartAsync(s => s.UseInMemoryReminderService());
        var grain = silo.Grains.GetGrain<ISleeperGrain>("one");
        await grain.Remind("a", s_minute, s_minute);
        await grain.Remind("b", s_minute, s_minute);

        Assert.Equal(["a", "b"], await grain.Reminders());
        await grain.Forget("a");
        silo.Clock.Advance(s_minute);
        await silo.Stage.Wait("b 0");

        Assert.Equal(["b"], await grain.Reminders());
        Assert.Equal(["one b 0"], silo.Stage.Log);
    }

    [Fact]
    public async Task RegisteringAgainMovesTheReminder()
    {
        await using var silo = await TestSilo.StartAsync(s => s.UseInMemoryReminderService());
        var grain = silo.Grains.GetGrain<ISleeperGrain>("one");
        await grain.Remind("wake", s_minute, s_minute);
        await grain.Remind("wake", 10 * s_minute, s_minute);

        silo.Clock.Advance(9 * s_minute);
        Assert.Equal(["wake"], await grain.Reminders());
        Assert.Empty(silo.Stage.Log);
        silo.Clock.Advance(s_minute);
        await silo.Stage.Wait("wake 0");
    }

    [Fact]
    public async Task AReminderWrittenByOthersIsFoundWhenTheTableIsReadAgain()
    {
        await using var silo = await TestSilo.StartAsync(s => s.UseInMemoryReminderService());
        await silo.Host.Services.GetRequiredService<IReminderTable>().UpsertRow(new()
        {
            GrainId = GrainId.Create("sleeper", "one"),
            ReminderName = "wake",
            StartAt = silo.Clock.GetUtcNow().UtcDateTime + 7 * s_minute,
            Period = s_minute,
        });

        silo.Clock.Advance(5 * s_minute);
        silo.Clock.Advance(2 * s_minute);

        await silo.Stage.Wait("wake 0");
    }

    [Fact]
    public async Task APeriodBelowAMinuteIsRefused()
    {
        await using var silo = await TestSilo.StartAsync(s => s.UseInMemoryReminderService());

        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => silo.Grains.GetGrain<ISleeperGrain>("one").Remind("wake", s_minute, TimeSpan.FromSeconds(1)));

        Assert.Contains("00:00:01", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAReminderServiceTheErrorSaysWhatToAdd()
    {
        await using var silo = await TestSilo.StartAsync();

        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(
            () => silo.Grains.GetGrain<ISleeperGrain>("one").Remind("wake", s_minute, s_minute));

        Assert.Contains("AddReminders()", error.Message, StringComparison.Ordinal);
    }
}
