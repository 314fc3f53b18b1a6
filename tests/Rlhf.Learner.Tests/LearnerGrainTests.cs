using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Tests;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Rewards;

namespace Rlhf.Learner.Tests;

public sealed class LearnerGrainTests
{
    // A run that lasts: these tests are about the job, and end it themselves.
    private static readonly LearnerOptions Long = new() { Threads = 1, Ppo = new() { Iterations = 10_000, Rollouts = 8, MaxReplyTokens = 4 } };

    [Fact]
    public async Task The_reminder_starts_a_job_when_there_is_something_to_learn_from()
    {
        await using var silo = await StartAsync();
        var learner = silo.Grain<ILearnerGrain>("demo");
        var reminded = silo.Get<IGrainFactory>().GetGrain<IRemindable>(learner.GetGrainId());
        await reminded.ReceiveReminder("train", default);
        Assert.Null((await learner.GetAsync()).Job);

        await PressAsync(silo);
        await reminded.ReceiveReminder("train", default);
        var job = (await learner.GetAsync()).Job;
        Assert.Equal(("job-1", "v1", "base", TrainingTrigger.Reminder, 8L), (job!.Id, job.Version, job.Parent, job.Trigger, job.Cursor));
    }

    [Theory]
    [InlineData("good.sha256")]
    [InlineData("good-*.safetensors")]
    public async Task A_job_goes_on_from_what_really_answers(string damaged)
    {
        await using var silo = await StartAsync();
        await silo.MakeAsync("good", 1);
        await silo.Catalog.PublishAsync("good");
        File.WriteAllText(Assert.Single(Directory.GetFiles(silo.Get<Storage.DataFolder>().Versions, damaged)), "torn");
        await PressAsync(silo);

        Assert.Equal("base", (await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual)).Parent);
    }

    [Fact]
    public async Task A_job_whose_parents_adapter_has_gone_fails_and_says_so()
    {
        await using var silo = await StartAsync();
        await silo.MakeAsync("good", 1);
        await silo.Catalog.PublishAsync("good");
        await PressAsync(silo);
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        Assert.Equal("good", job.Parent);
        File.Delete(Path.Combine(silo.Get<Storage.DataFolder>().Versions, "good.sha256"));
        await silo.RestartAsync(); // it is taken up anew

        var status = await silo.Grain<ILearnerGrain>("demo").WaitAsync(job.Id, TimeSpan.FromDays(1));
        Assert.Equal("failed", status.LastJob?.Outcome);
        Assert.Contains("The adapter of version 'good', which this job goes on from, is missing", status.LastJob!.Reason);
    }

    [Fact]
    public async Task A_job_ends_once_however_often_its_end_is_reported()
    {
        await using var silo = await StartAsync();
        var learner = silo.Grain<ILearnerGrain>("demo");
        await PressAsync(silo);
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        await silo.MakeAdapterAsync(job.Version, seed: 1, job.Claim);

        Assert.False(await learner.ReportAsync("job-9", job.Claim, "ppo", 1, 2, ImmutableDictionary<string, double>.Empty));
        Assert.NotEqual(2, (await learner.GetAsync()).Job!.Steps);

        var ended = learner.WaitAsync(job.Id, TimeSpan.FromDays(1));
        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty.Add("gain", 1)));
        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: false, "late", ImmutableDictionary<string, double>.Empty));
        await learner.CompleteAsync("job-9", job.Claim, accepted: null, "unknown", ImmutableDictionary<string, double>.Empty);

        var status = await ended;
        Assert.Null(status.Job);
        Assert.Equal(("published", "better", 8L), (status.LastJob!.Outcome, status.LastJob.Reason, status.Cursor));
        var catalog = await silo.Catalog.GetAsync();
        Assert.Equal((1L, "v1"), (catalog.Versions.Count(served => served.Version == "v1"), catalog.Live));
    }

    [Fact]
    public async Task Where_the_gates_evidence_was_insufficient_the_version_is_a_canary_even_without_canaries()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        await silo.MakeAdapterAsync(job.Version, seed: 1, job.Claim);
        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: true, "insufficient evidence", ImmutableDictionary<string, double>.Empty.Add(Gate.InsufficientEvidence, 1)));

        var catalog = await silo.Catalog.GetAsync();
        Assert.Equal((ModelCatalog.Base, VersionState.Canary), (catalog.Live, catalog.Versions.Single(served => served.Version == job.Version).State));
        Assert.InRange(catalog.Versions.Single(served => served.Version == job.Version).Share, 0.001, 0.2);
        Assert.Contains("too little evidence", (await silo.Catalog.ListAsync()).Single(version => version.Id == job.Version).Reason);
    }

    [Fact]
    public async Task A_job_that_was_taken_up_anew_is_ended_by_its_new_learner_alone()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        var former = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        await silo.RestartAsync();

        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = (await learner.GetAsync()).Job!;
        Assert.Equal((former.Id, true), (job.Id, job.Claim > former.Claim));

        // The former learner was cut off and does not know: its reports and its end come late.
        Assert.False(await learner.ReportAsync(former.Id, former.Claim, "ppo", 1, 2, ImmutableDictionary<string, double>.Empty));
        Assert.False(await learner.CompleteAsync(former.Id, former.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty));
        Assert.Equal("base", (await silo.Catalog.GetAsync()).Live);
        Assert.Equal(job.Id, (await learner.GetAsync()).Job?.Id);

        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: false, "worse", ImmutableDictionary<string, double>.Empty));
        Assert.Equal("rejected", (await learner.GetAsync()).LastJob?.Outcome);
    }

    [Fact]
    public async Task A_job_whose_version_was_settled_before_its_end_was_written_down_ends_so_without_training_again()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        await silo.MakeAdapterAsync(job.Version, seed: 1, job.Claim);
        await silo.Get<Storage.IAdapterStore>().SettleAsync(job.Version, job.Claim, accepted: true);
        await silo.RestartAsync();

        var status = await silo.Grain<ILearnerGrain>("demo").GetAsync();
        Assert.Equal((null, "published"), (status.Job, status.LastJob?.Outcome));
        Assert.Equal("v1", (await silo.Catalog.GetAsync()).Live);
    }

    [Fact]
    public async Task A_failed_job_leaves_the_cursor_where_it_was_and_its_version_is_rejected()
    {
        await using var silo = await StartAsync();
        var learner = silo.Grain<ILearnerGrain>("demo");
        await PressAsync(silo);
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        await learner.CompleteAsync(job.Id, job.Claim, accepted: null, "the disk was full", ImmutableDictionary<string, double>.Empty);

        var status = await learner.GetAsync();
        Assert.Equal(("failed", 0L), (status.LastJob!.Outcome, status.Cursor));
        Assert.Equal(VersionState.Rejected, (await silo.Catalog.ListAsync()).Single(version => version.Id == "v1").State);
        Assert.Equal("job-2", (await learner.TrainAsync(TrainingTrigger.Manual)).Id);
    }

    [Fact]
    public async Task A_learner_that_is_off_trains_nothing_and_says_so()
    {
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<LearnerSchedule>(schedule => schedule.Enabled = false));
        await PressAsync(silo);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual));
        Assert.Contains("Learner:Enabled", refused.Message);
    }

    [Fact]
    public async Task A_rater_in_quarantine_is_left_out_and_the_rest_weigh_by_agreement()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        foreach (var i in Enumerable.Range(0, 8))
        {
            foreach (var rater in (string[])["bob", "cleo", "dan"])
            {
                await silo.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"{rater}{i}", 1, rater, i % 2 == 0, null, []));
            }

            await silo.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"eve{i}", 1, "eve", i % 2 != 0, null, []));
        }

        await silo.Grain<IRatersGrain>("demo").QuarantineAsync("ann", "a robot", "ops");
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        var inputs = await CollectAsync(silo, job);
        Assert.Equal(["bob", "cleo", "dan", "eve"], inputs.Feedback.Select(thumb => thumb.Rater!).Distinct().Order());
        Assert.All(inputs.Feedback, thumb => Assert.InRange(thumb.Weight, thumb.Rater == "eve" ? 0 : 0.9, thumb.Rater == "eve" ? 0.2 : 1));
        Assert.Equal(8, inputs.Prompts.Length);

        await silo.Grain<IRatersGrain>("demo").ReleaseAsync("ann");
        Assert.Contains((await CollectAsync(silo, job)).Feedback, thumb => thumb.Rater == "ann");
    }

    [Fact]
    public async Task Where_only_quarantined_raters_spoke_there_is_nothing_to_learn_from()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        await silo.Grain<IRatersGrain>("demo").QuarantineAsync("ann", "a robot", "ops");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual));
        Assert.Contains("8 more are of raters in quarantine", refused.Message);
    }

    [Fact]
    public async Task A_job_takes_what_was_said_up_to_its_cursor_whatever_is_said_later()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        await silo.Grain<IConversationGrain>("c0").RateAsync(new ThumbRequest("later", 1, "ann", false, null, []));
        await silo.Grain<IConversationGrain>("c1").RateAsync(new ThumbRequest("later too", 1, "bob", false, null, []));

        var inputs = await CollectAsync(silo, job);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (i % 2 == 0, "ann")), inputs.Feedback.Cast<ThumbedReply>().Select(thumb => (thumb.Up, thumb.Rater!)));
    }

    [Fact]
    public async Task Feedback_that_nobody_told_of_is_counted_at_the_next_wake()
    {
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<LearnerSchedule>(schedule => (schedule.TriggerThumbs, schedule.LeastOfEach) = (8, 1)), learner: Long);
        var ledger = silo.Get<Storage.IFeedbackLedger>();
        await ledger.AppendAsync([.. Enumerable.Range(0, 8).Select(i => new FeedbackEvent(
            $"e{i}", FeedbackKind.Thumbs, null, "ann", i % 2 == 0, null, [], "", $"g{i}", [new ChatMessage("user", $"Question {i}")], "Yes.", [], [], DateTimeOffset.UnixEpoch))]);
        var learner = silo.Grain<ILearnerGrain>("demo");
        Assert.Null((await learner.GetAsync()).Job);
        await learner.WakeAsync();
        Assert.Equal(8, (await learner.GetAsync()).Job?.Cursor);
    }

    [Fact]
    public async Task A_thumb_that_changes_its_mind_all_day_starts_no_training()
    {
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<LearnerSchedule>(schedule => (schedule.TriggerThumbs, schedule.LeastOfEach) = (9, 1)), learner: Long);
        await PressAsync(silo);
        for (var i = 0; i < 20; i++)
        {
            await silo.Grain<IConversationGrain>("c0").RateAsync(new ThumbRequest($"flip-{i}", 1, "ann", i % 2 == 0, null, []));
        }

        Assert.Null((await silo.Grain<ILearnerGrain>("demo").GetAsync()).Job); // asked by way of the same grain, which counts one after the other
        await silo.RestartAsync();
        Assert.Null((await silo.Grain<ILearnerGrain>("demo").GetAsync()).Job);
        await silo.Grain<IConversationGrain>("c0").RateAsync(new ThumbRequest("another", 1, "bob", true, null, []));
        for (LearnerStatus status; (status = await silo.Grain<ILearnerGrain>("demo").GetAsync()).Job is null;)
        {
            Assert.Null(status.LastJob);
        }
    }

    [Fact]
    public async Task Thumbs_are_learnt_from_in_the_replies_order_whichever_comes_first()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo, 5, 2, 7, 0, 3, 6, 1, 4);
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);

        var inputs = await CollectAsync(silo, job);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"Question {i}"), inputs.Feedback.Select(thumb => thumb.Context[^1].Content));
    }

    [Fact]
    public async Task What_moderation_refused_is_no_prompt_to_practise_on_unless_that_is_asked_for()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        var turn = (await silo.Grain<IConversationGrain>("c0").GetAsync())!.Turns[0];
        await silo.Get<Storage.ITurnStore>().AppendAsync(turn with { Number = 2, Messages = [new ChatMessage("user", "You idiot!")], Reply = "", Filtered = "insults" });
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);

        Assert.Equal(8, (await CollectAsync(silo, job)).Prompts.Length);
        Assert.Contains((await CollectAsync(silo, job, filteredToo: true)).Prompts, prompt => prompt[^1].Content == "You idiot!");
    }

    [Fact]
    public async Task A_judge_labels_served_replies_that_nobody_has_judged_up_to_its_share()
    {
        await using var silo = await StartAsync();
        await PressAsync(silo);
        foreach (var i in (int[])[1, 2, 3])
        {
            await silo.ChatAsync($"unjudged-{i}", TestSilo.Ask($"Question {i}", maxTokens: 4));
        }

        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);

        Assert.Empty((await CollectAsync(silo, job)).ToLabel);
        Assert.Equal([1, 2, 3], await LabelledAsync(most: 10, share: 0.5));
        Assert.Equal([2, 3], await LabelledAsync(most: 2, share: 0.5)); // the newest
        Assert.Equal([3], await LabelledAsync(most: 10, share: 0.12)); // 8 · 0.12 / 0.88 = 1.09
        Assert.Empty(await LabelledAsync(most: 10, share: 0));

        async Task<IEnumerable<int>> LabelledAsync(int most, double share)
        {
            var judge = new JudgeOptions { Url = new Uri("http://localhost/v1"), Model = "a-judge", Label = new() { Most = most, Share = share } };
            return (await CollectAsync(silo, job, judge: judge)).ToLabel.Select(reply => int.Parse(reply.Group.Replace("unjudged-", "")));
        }
    }

    private static Task<TrainingInputs> CollectAsync(TestSilo silo, TrainingJob job, bool filteredToo = false, JudgeOptions? judge = null) => TrainingInputs.CollectAsync(
        job, "demo", new LearnerSchedule(), new Grains.Feedback.FeedbackOptions(), silo.Get<Storage.IFeedbackLedger>(), silo.Get<Storage.ITurnStore>(), silo.Get<IGrainFactory>(), filteredToo, judge ?? new(), CancellationToken.None);

    private static Task<TestSilo> StartAsync() => LearnerSilo.StartAsync(learner: Long);

    private static Task PressAsync(TestSilo silo) => PressAsync(silo, 0, 1, 2, 3, 4, 5, 6, 7);

    private static async Task PressAsync(TestSilo silo, params int[] order)
    {
        foreach (var i in order)
        {
            await silo.ChatAsync($"c{i}", TestSilo.Ask($"Question {i}", maxTokens: 4));
            await silo.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"e{i}", 1, "ann", i % 2 == 0, null, []));
        }
    }
}
