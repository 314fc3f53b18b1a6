using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Rlhf.Scenarios;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>One life of a cluster under users who chat and rate without a pause, and what is done to it meanwhile.</summary>
internal sealed class ClusterLife : IAsyncDisposable
{
    private const int Users = 12;
    private const string Job = "job-1";
    private const string Version = "v1";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(20);
    private readonly ClusterUnderTest _cluster;
    private readonly ClusterUser[] _users;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _using;

    private ClusterLife(ClusterUnderTest cluster)
    {
        _cluster = cluster;
        Journal = new ClusterJournal();
        Check = new ClusterCheck(cluster, Journal);
        _users = [.. Enumerable.Range(0, Users).Select(user => new ClusterUser(string.Create(CultureInfo.InvariantCulture, $"user-{user}"), cluster.Api.Client, Journal))];
        _using = Task.WhenAll(_users.Select(user => user.RunAsync(_closing.Token)));
    }

    public ClusterJournal Journal { get; }

    public ClusterCheck Check { get; }

    /// <summary>Starts a cluster and its users, and waits until each was answered.</summary>
    /// <param name="arguments">What the cluster is made of.</param>
    /// <param name="trains">Whether it learns something, beginning when the users do.</param>
    /// <param name="probes">Settings of how its silos watch each other.</param>
    public static async Task<ClusterLife> StartAsync(ClusterArguments arguments, bool trains, params string[] probes)
    {
        var clock = Stopwatch.StartNew();
        var cluster = await ClusterUnderTest.StartAsync(arguments.InPostgreSql, probes);
        if (trains)
        {
            await Lesson.TeachAsync(cluster.Api.Client);
            await Lesson.PostAsync(cluster.Api.Client, "v1/learner/train", new { });
            while ((string?)(await cluster.Api.GetAsync("v1/learner"))["stage"] == "queued")
                await Task.Delay(20); // it collects what it learns from; the users' replies are not among it
        }

        var life = new ClusterLife(cluster);
        await life.AnswersAsync(Stopwatch.GetTimestamp());
        life.Tell("five processes are started and every conversation answers", clock.Elapsed, since: 0);
        return life;
    }

    /// <summary>Kills a process that serves, and starts another once every conversation answers again. Returns how long they did not.</summary>
    public async Task<TimeSpan> KillServingAsync()
    {
        var moment = Stopwatch.GetTimestamp();
        await TakeServing().KillAsync();
        var recovery = await AnswersAsync(moment);
        Tell("a serving process is killed: until every conversation answers", recovery, moment);
        await _cluster.StartServingAsync();
        return recovery;
    }

    /// <summary>Asks a process that serves to stop, and starts another.</summary>
    public async Task StopServingAsync()
    {
        var moment = Stopwatch.GetTimestamp();
        var stopped = TakeServing().StopAsync();
        var recovery = await AnswersAsync(moment);
        var code = await stopped;
        await AnswersAsync(Stopwatch.GetTimestamp());
        Tell(string.Create(CultureInfo.InvariantCulture, $"a serving process is asked to stop (exit code {code}): until every conversation answers"), recovery, moment);
        await _cluster.StartServingAsync();
    }

    /// <summary>Takes the store away for 20 seconds.</summary>
    public async Task StopStoreAsync()
    {
        var stopped = Stopwatch.GetTimestamp();
        _cluster.StopStore();
        await Task.Delay(s_outage);
        var answered = Journal.AnswersSince(stopped);
        _cluster.StartStore();
        var recovery = await AnswersAsync(Stopwatch.GetTimestamp());
        Tell(string.Create(CultureInfo.InvariantCulture, $"the store is away for 20 s ({answered} answers meanwhile): until every conversation answers"), recovery, stopped);
    }

    /// <summary>Kills the learner in the middle of a training, and waits until the spare has ended it. Returns whether its version was published, and once.</summary>
    public async Task<bool> KillLearnerAsync()
    {
        JsonNode learner;
        do
            learner = await LearnerAsync();
        while ((string?)learner["state"] == "running" && (string?)learner["stage"] != "ppo");
        const string training = $"Training {Version} ({Job})";
        var (holder, spare) = _cluster.Learners[0].Printed.Contains(training, StringComparison.Ordinal) ? (_cluster.Learners[0], _cluster.Learners[1]) : (_cluster.Learners[1], _cluster.Learners[0]);
        var takenUp = spare.NextLineAsync(training);
        var moment = Stopwatch.GetTimestamp();
        await holder.KillAsync();
        await takenUp;
        var recovery = Stopwatch.GetElapsedTime(moment);
        while ((string?)learner["last_job"]?["job_id"] != Job)
            learner = await LearnerAsync();
        var last = learner["last_job"]!;
        Tell($"the learner is killed in training ({last["outcome"]}: {last["reason"]}): until another goes on", recovery, moment);
        await AnswersAsync(Stopwatch.GetTimestamp()); // a version that went live answers
        return await Check.IsPublishedOnceAsync(Job, Version);
    }

    /// <summary>Sends the users home, and reads back what they were told.</summary>
    public async Task EndAsync()
    {
        var moment = Stopwatch.GetTimestamp();
        await _closing.CancelAsync();
        await _using;
        while (_users.Any(user => user.Pending > 0) && Stopwatch.GetElapsedTime(moment) < s_patience)
            await Task.WhenAll(_users.Select(user => user.RateAsync()));
        await Check.RunAsync();
        var durable = Journal.Replies.Values.Count(reply => reply.Durable);
        var thumbs = Journal.Presses.Values.Count(press => press.Acknowledged);
        Tell(string.Create(CultureInfo.InvariantCulture, $"{durable} acknowledged replies and {thumbs} thumbs are read back: {Check.Lost.Count} lost, {Check.Doubled.Count} doubled"), Stopwatch.GetElapsedTime(moment), moment);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _cluster.DisposeAsync();
        await _using;
        _closing.Dispose();
    }

    /// <summary>What the learner does, asked until somebody knows: between two learners nobody does.</summary>
    private async Task<JsonNode> LearnerAsync()
    {
        for (var moment = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            try
            {
                return await _cluster.Api.GetAsync($"v1/learner?wait_for={Job}&timeout=0.2");
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(moment) < s_patience)
            {
                // asked again
            }
        }
    }

    private Task<TimeSpan> AnswersAsync(long moment) => Journal.EveryConversationAnswersAsync(moment, s_patience, Users);

    private ServerProcess TakeServing()
    {
        var process = _cluster.Serving[0];
        _cluster.Serving.RemoveAt(0);
        return process;
    }

    /// <summary>A line of what was done, with what failed since the line before.</summary>
    private void Tell(string what, TimeSpan time, long since)
    {
        var failed = Journal.TakeFailures();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds,6:F2} s  {what}; {Journal.AnswersSince(since)} answers, {failed.Values.Sum()} requests failed"));
        foreach (var (how, count) in failed.OrderByDescending(failure => failure.Value))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"            {count,5} x {how}"));
    }
}
