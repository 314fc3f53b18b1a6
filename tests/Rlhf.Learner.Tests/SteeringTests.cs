using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Tests;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Tests;

public sealed class SteeringTests
{
    private static readonly LearnerOptions Long = new() { Threads = 1, Ppo = new() { Iterations = 10_000, Rollouts = 8, MaxReplyTokens = 4 } };

    [Fact]
    public async Task A_pause_stops_the_job_holds_over_a_restart_and_ends_where_it_is_resumed()
    {
        await using var silo = await StartAsync();
        var job = await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        await Until(() => silo.Get<TrainingService>().Runs(job.Id));
        var paused = await Learner(silo).PauseAsync("nights only", "ops");
        Assert.Equal(("nights only", "ops", job.Id), (paused.Pause!.Reason, paused.Pause.By, paused.Job!.Id));
        await Until(() => !silo.Get<TrainingService>().Runs(job.Id));
        Assert.False(await Learner(silo).ReportAsync(job.Id, job.Claim, "ppo", 1, 2, ImmutableDictionary<string, double>.Empty)); // whoever runs it elsewhere stops, too

        await silo.RestartAsync();
        await Learner(silo).WakeAsync();
        var status = await Learner(silo).GetAsync();
        Assert.Equal((job.Id, "nights only", false), (status.Job?.Id, status.Pause?.Reason, silo.Get<TrainingService>().Runs(job.Id)));

        var resumed = await Learner(silo).ResumeAsync();
        Assert.Null(resumed.Pause);
        Assert.True(resumed.Job!.Claim > job.Claim);
        await Until(() => silo.Get<TrainingService>().Runs(job.Id));
        Assert.Equal("v1", resumed.Job.Version);
    }

    [Fact]
    public async Task While_it_is_paused_nothing_starts_and_what_came_meanwhile_starts_a_job_afterwards()
    {
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<LearnerSchedule>(schedule => (schedule.TriggerThumbs, schedule.LeastOfEach) = (8, 1)), learner: Long);
        await Learner(silo).PauseAsync(null, "ops");
        await PressAsync(silo);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Learner(silo).TrainAsync(TrainingTrigger.Manual));
        Assert.Contains("paused by ops", refused.Message);
        Assert.Null((await Learner(silo).GetAsync()).Job);
        await Learner(silo).WakeAsync();
        Assert.Equal("job-1", (await Learner(silo).ResumeAsync()).Job?.Id);
    }

    [Fact]
    public async Task A_cancelled_job_ends_without_a_version_and_leaves_the_cursor()
    {
        await using var silo = await StartAsync();
        var job = await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        var ended = Learner(silo).WaitAsync(job.Id, TimeSpan.FromDays(1));
        await Learner(silo).CancelAsync("wrong data", "ops");
        var status = await ended;
        Assert.Equal((null, "cancelled", "cancelled by ops: wrong data", 0L), (status.Job, status.LastJob!.Outcome, status.LastJob.Reason, status.Cursor));
        var version = (await silo.Catalog.ListAsync()).Single(version => version.Id == "v1");
        Assert.Equal((VersionState.Rejected, "cancelled by ops: wrong data"), (version.State, version.Reason));
        await Until(() => !silo.Get<TrainingService>().Runs(job.Id));

        // Its thread may have been through at that moment: it can't end the job in another way.
        Assert.True(await Learner(silo).CompleteAsync(job.Id, job.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty));
        Assert.Equal(("base", "cancelled"), ((await silo.Catalog.GetAsync()).Live, (await Learner(silo).GetAsync()).LastJob!.Outcome));
        Assert.Equal(["cancelled"], (await Learner(silo).GetOutcomesAsync(0)).Select(outcome => outcome.Outcome));
        await Assert.ThrowsAsync<RefusedException>(() => Learner(silo).CancelAsync(null, "ops"));
        Assert.Equal("job-2", (await Learner(silo).TrainAsync(TrainingTrigger.Manual)).Id);
    }

    [Fact]
    public async Task A_job_of_which_the_version_is_settled_already_is_not_cancelled()
    {
        await using var silo = await StartAsync();
        var job = await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        await silo.MakeAdapterAsync(job.Version, seed: 1, job.Claim);
        await silo.Get<Storage.IAdapterStore>().SettleAsync(job.Version, job.Claim, accepted: true);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Learner(silo).CancelAsync(null, "ops"));
        Assert.Contains("ended just before", refused.Message);
        Assert.Equal("published", (await Learner(silo).GetAsync()).LastJob!.Outcome);
    }

    [Fact]
    public async Task A_job_that_uses_its_budget_up_is_cancelled_and_time_in_which_it_is_held_does_not_count()
    {
        await using var silo = await StartAsync(schedule => schedule.JobBudget = 600);
        var job = await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        silo.Clock.Advance(TimeSpan.FromSeconds(400));
        await Learner(silo).PauseAsync(null, "ops");
        silo.Clock.Advance(TimeSpan.FromSeconds(5000));
        var resumed = await Learner(silo).ResumeAsync();
        Assert.Equal((job.Id, 400.0, 600.0), (resumed.Job!.Id, resumed.ActiveSeconds, resumed.JobBudget));
        silo.Clock.Advance(TimeSpan.FromSeconds(199));
        await Learner(silo).WakeAsync();
        Assert.NotNull((await Learner(silo).GetAsync()).Job);
        silo.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(await Learner(silo).ReportAsync(job.Id, resumed.Job.Claim, "ppo", 1, 2, ImmutableDictionary<string, double>.Empty));
        var last = (await Learner(silo).GetAsync()).LastJob!;
        Assert.Equal("cancelled", last.Outcome);
        Assert.Contains("Learner:JobBudget", last.Reason);
    }

    [Fact]
    public async Task What_a_job_used_of_its_budget_is_used_after_a_crash_too()
    {
        await using var silo = await StartAsync(schedule => schedule.JobBudget = 600);
        await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        silo.Clock.Advance(TimeSpan.FromSeconds(400));
        await Learner(silo).WakeAsync();
        await silo.RestartAsync();
        Assert.InRange((await Learner(silo).GetAsync()).ActiveSeconds, 400, 600);
        silo.Clock.Advance(TimeSpan.FromSeconds(201));
        await Learner(silo).WakeAsync();
        Assert.Equal("cancelled", (await Learner(silo).GetAsync()).LastJob?.Outcome);
    }

    [Fact]
    public async Task Outside_its_hours_a_job_waits_and_none_begins()
    {
        // Six hours from four hours from now on.
        var begin = default(TimeOnly);
        await using var silo = await StartAsync(schedule => schedule.Hours = "00:00-06:00");
        silo.Clock.Advance(TimeSpan.FromDays(1) - silo.Clock.GetUtcNow().TimeOfDay);
        Assert.Equal(begin, TimeOnly.FromDateTime(silo.Clock.GetUtcNow().UtcDateTime));
        await Learner(silo).WakeAsync();
        var job = await Learner(silo).TrainAsync(TrainingTrigger.Manual);
        await Until(() => silo.Get<TrainingService>().Runs(job.Id));

        silo.Clock.Advance(TimeSpan.FromHours(7));
        await Learner(silo).WakeAsync();
        await Until(() => !silo.Get<TrainingService>().Runs(job.Id));
        var status = await Learner(silo).GetAsync();
        Assert.Equal(job.Id, status.Job?.Id);
        Assert.Contains("00:00-06:00", status.Held);

        silo.Clock.Advance(TimeSpan.FromHours(18));
        await Learner(silo).WakeAsync();
        await Until(() => silo.Get<TrainingService>().Runs(job.Id));
        Assert.Null((await Learner(silo).GetAsync()).Held);
    }

    private static ILearnerGrain Learner(TestSilo silo) => silo.Grain<ILearnerGrain>("demo");

    private static async Task<TestSilo> StartAsync(Action<LearnerSchedule>? configure = null)
    {
        var silo = await LearnerSilo.StartAsync(services => services.Configure(configure ?? (_ => { })), learner: Long);
        await PressAsync(silo);
        return silo;
    }

    private static async Task PressAsync(TestSilo silo)
    {
        for (var i = 0; i < 8; i++)
        {
            await silo.ChatAsync($"c{i}", TestSilo.Ask($"Question {i}", maxTokens: 4));
            await silo.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"e{i}", 1, "ann", i % 2 == 0, null, []));
        }
    }

    private static async Task Until(Func<bool> happened) => Assert.True(await Task.Run(() => SpinWait.SpinUntil(happened, TimeSpan.FromSeconds(60))));
}
