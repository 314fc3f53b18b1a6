using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rlhf.Contracts;
using Rlhf.Grains.Tests;
using Rlhf.Learning.Pipeline;
using Rlhf.Storage;
using Rlhf.Testing;

namespace Rlhf.Learner.Tests;

/// <summary>What was erased is in no training, and in no folder of one.</summary>
public sealed class ErasureTests
{
    private static readonly LearnerOptions Long = new() { Threads = 1, Ppo = new() { Iterations = 10_000, Rollouts = 8, MaxReplyTokens = 4 } };

    [Fact]
    public async Task A_job_under_way_begins_again_without_what_was_erased()
    {
        using var log = new LinesLogged();
        await using var silo = await LearnerSilo.StartAsync(services => services.AddLogging(logging => logging.AddProvider(log)), learner: Long);
        await PressAsync(silo);
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        var inputs = Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json");
        await UntilAsync(() => File.Exists(inputs) && File.ReadAllText(inputs).Contains("Question 3", StringComparison.Ordinal));
        await UntilAsync(async () => (await learner.GetAsync()).Job!.Stage != TrainingJob.Queued);

        await silo.Grain<IConversationGrain>("c3").EraseAsync(new ConversationErasure(Erasure.OfConversation));
        await learner.ForgetAsync();
        Assert.DoesNotContain("Question 3", Read(inputs));
        Assert.True((await learner.GetAsync()).Job!.Claim > job.Claim);
        await UntilAsync(() => File.Exists(inputs) && File.ReadAllText(inputs) is var text && text.Contains("Question 4", StringComparison.Ordinal) && !text.Contains("Question 3", StringComparison.Ordinal));
        Assert.Null((await silo.Catalog.ListAsync()).Single(version => version.Id == job.Version).LearnedFromErased);
        Assert.Equal(job.Id, (await learner.GetAsync()).Job!.Id);
        Assert.Contains(log.Lines, line => line.Contains("begins again", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("with what was erased is dropped", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("another learner", StringComparison.Ordinal)); // for there is none
    }

    [Fact]
    public async Task A_job_that_has_just_begun_keeps_nothing_of_what_was_erased()
    {
        await using var silo = await LearnerSilo.StartAsync(learner: Long);
        await PressAsync(silo);
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        await silo.Grain<IConversationGrain>("c3").EraseAsync(new ConversationErasure(Erasure.OfConversation));
        await learner.ForgetAsync();
        var inputs = Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json");
        Assert.DoesNotContain("Question 3", Read(inputs));
        await UntilAsync(() => Read(inputs).Contains("Question 4", StringComparison.Ordinal));
        Assert.DoesNotContain("Question 3", Read(inputs));
    }

    [Fact]
    public async Task A_job_that_collects_between_an_erasures_event_and_its_turns_end_begins_again_without_them()
    {
        await using var silo = await LearnerSilo.StartAsync(learner: Long);
        await PressAsync(silo);
        await silo.Get<IFeedbackLedger>().EraseAsync(Erasure.OfConversation, [4], DateTimeOffset.UnixEpoch, turns: 1, DateTimeOffset.UnixEpoch);
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        var inputs = Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json");
        await UntilAsync(() => Read(inputs).Contains("Question 3", StringComparison.Ordinal));

        await silo.Get<ITurnStore>().DeleteAsync("c3");
        await learner.ForgetAsync();
        Assert.DoesNotContain("Question 3", Read(inputs));
        await UntilAsync(() => Read(inputs).Contains("Question 4", StringComparison.Ordinal));
        Assert.DoesNotContain("Question 3", Read(inputs));
    }

    [Fact]
    public async Task The_folder_of_an_interrupted_job_loses_what_was_erased_with_the_start_even_where_nothing_is_trained_any_more()
    {
        var enabled = true;
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<LearnerSchedule>(schedule => schedule.Enabled = enabled), learner: Long);
        await PressAsync(silo);
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        var inputs = Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json");
        await UntilAsync(() => File.Exists(inputs));
        enabled = false;
        await silo.RestartAsync();
        Assert.Contains("Question 3", Read(inputs));

        await silo.Grain<IConversationGrain>("c3").EraseAsync(new ConversationErasure(Erasure.OfConversation));
        await silo.RestartAsync();
        Assert.Equal([], Directory.GetFiles(Path.GetDirectoryName(inputs)!));
        Assert.Equal(job.Id, (await silo.Grain<ILearnerGrain>("demo").GetAsync()).Job!.Id);
    }

    [Fact]
    public async Task A_job_that_was_interrupted_goes_on_without_what_was_erased_meanwhile()
    {
        await using var silo = await LearnerSilo.StartAsync(learner: Long);
        await PressAsync(silo);
        var job = await silo.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        var inputs = Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json");
        await UntilAsync(() => File.Exists(inputs));
        var kept = await TrainingInputs.FindAsync(Path.GetDirectoryName(inputs)!, CancellationToken.None);
        var (ledger, turns) = (silo.Get<IFeedbackLedger>(), silo.Get<ITurnStore>());
        Assert.False(await kept!.HoldErasedAsync(job.Cursor, ledger, turns, CancellationToken.None));

        await ledger.EraseAsync(Erasure.Retention, [1], DateTimeOffset.UnixEpoch); // a job may finish with what is too old
        Assert.False(await kept.HoldErasedAsync(job.Cursor, ledger, turns, CancellationToken.None));
        await ledger.EraseAsync(Erasure.OfUser, [2], DateTimeOffset.UnixEpoch);
        Assert.True(await kept.HoldErasedAsync(job.Cursor, ledger, turns, CancellationToken.None));
        await silo.RestartAsync();
        await UntilAsync(() => File.Exists(inputs) && File.ReadAllText(inputs) is var text && text.Contains("\"AsOf\":11", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_judge_that_labels_is_asked_no_more_about_what_was_erased()
    {
        await using var judge = await ScriptedService.StartAsync(ScriptedService.NeverAnswers());
        await using var silo = await LearnerSilo.StartAsync(learner: Long with { Judge = new() { Url = judge.Url, Model = "a-judge", Concurrency = 1, Timeout = TimeSpan.FromHours(1), Label = new() { Most = 10 } } });
        await PressAsync(silo);
        await silo.ChatAsync("c10", TestSilo.Ask("Question 10", maxTokens: 4));
        var learner = silo.Grain<ILearnerGrain>("demo");
        var job = await learner.TrainAsync(TrainingTrigger.Manual);
        await UntilAsync(() => !judge.Questions.IsEmpty);

        await silo.Grain<IConversationGrain>("c8").EraseAsync(new ConversationErasure(Erasure.OfConversation));
        await learner.ForgetAsync();
        var asked = judge.Questions.Count;
        await UntilAsync(() => judge.Questions.Count > asked);

        Assert.All(judge.Questions.Skip(asked), question => Assert.Contains("Question 10", question.Body.ToJsonString()));
        Assert.DoesNotContain("Question 8", Read(Path.Combine(silo.Get<DataFolder>().Job(job.Id), "inputs.json")));
    }

    [Fact]
    public async Task Folders_of_ended_jobs_are_cleared_but_for_their_figures_at_the_next_start()
    {
        await using var silo = await LearnerSilo.StartAsync(learner: Long);
        var folder = silo.Get<DataFolder>().Job("job-0");
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["inputs.json", "inputs.json.new", "run.safetensors", MetricsLog.FileName])
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), "words");
        }

        await silo.RestartAsync();
        Assert.Equal([MetricsLog.FileName], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    private static async Task PressAsync(TestSilo silo)
    {
        for (var i = 0; i < 10; i++)
        {
            await silo.ChatAsync($"c{i}", TestSilo.Ask($"Question {i}", maxTokens: 4));
            if (i < 8 || i == 9)
            {
                await silo.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"e{i}", 1, "ann", i % 2 == 0, null, []));
            }
        }
    }

    /// <summary>What a file holds; nothing where there is none.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await happened())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private static Task UntilAsync(Func<bool> happened) => UntilAsync(() => Task.FromResult(happened()));

    /// <summary>The lines that a silo logs.</summary>
    private sealed class LinesLogged : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
