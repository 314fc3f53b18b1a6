using System.Text.Json.Nodes;
using Rlhf.Scenarios;

namespace Rlhf.Benchmarks.Crash;

/// <summary>One life of the server: it is started, used by several clients at once, and killed.</summary>
internal sealed class CrashRound(
    CrashArguments arguments, int round, CrashStore store, Journal journal, Violations violations, ServerCheck asked, CrashCounts counts)
{
    private const int Clients = 5;
    private const int ShortestLife = 50;
    private const int LongestLife = 2500;
    private const int LongestLifeOnTables = 5000;
    private const int LongestStart = 1500;
    private const int LongestAfterJob = 300;
    private const int MostSecondsForJob = 20;
    private const int LongestOutage = 1500;
    private const int MostLooks = 12;

    /// <summary>One that learns in seconds, from few thumbs.</summary>
    public static readonly string[] Settings =
    [
        .. TinyTraining.Settings,
        "--Learner:MostThumbs=24",
        "--Learner:MostPrompts=16",
        "--Learner:Reward:ReferenceReplies=8",
        "--Learner:Reward:NGramBuckets=512",
        "--Learner:Ppo:Iterations=4",
        "--Learner:Ppo:Rollouts=8",
        "--Learner:Ppo:MaxReplyTokens=8",
        "--Learner:Gate:Replies=32",
        "--Learner:Interval=00:00:00",
        "--Feedback:PerMinute=1000000",
        "--Keys:PerMinuteWithoutKey=0",
        "--Versions:RefreshEvery=00:00:01",
    ];

    private readonly Random _random = new(arguments.SeedOf(round));
    private volatile bool _wasCutOff;

    public static Task<ServerProcess> StartAsync(CrashStore store) => ServerProcess.StartAsync(store.Folder, settings: [.. Settings, .. store.Settings]);

    /// <summary>Lives one life, and checks at its start what the last one left. False when it does not start.</summary>
    public async Task<bool> RunAsync(IEnumerable<string> conversations, CancellationToken cancellationToken)
    {
        await using var server = ServerProcess.Start(store.Folder, settings: [.. Settings, .. store.Settings]);
        if (round > 1 && _random.Next(10) == 0)
        {
            await Task.WhenAny(server.Ready, Task.Delay(_random.Next(LongestStart), cancellationToken));
            counts.Starting++;
            await server.KillAsync();
            return true;
        }

        await server.Ready.WaitAsync(cancellationToken);
        if (server.Process.HasExited)
        {
            violations.Add($"the server does not start: {server.Printed}");
            return false;
        }

        await asked.RunAsync(server, conversations.Take(MostLooks));

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(client =>
            new CrashClient($"s{arguments.Seed}-r{round}.client-{client}", server.Client, journal, violations, new Random(_random.Next()), () => _wasCutOff).RunAsync(over.Token)));
        var outage = arguments.Tables && _random.Next(3) == 0 ? CutOffAsync() : Task.CompletedTask;
        try
        {
            await Task.Delay(_random.Next(ShortestLife, arguments.Tables ? LongestLifeOnTables : LongestLife), cancellationToken);
            var job = await JobAsync(server, "v1/learner");
            if (job is not null && _random.Next(5) == 0)
            {
                // Now and then killed while its job ends: a version is settled and published, its files are cleared away.
                job = await JobAsync(server, $"v1/learner?wait_for={job}&timeout={MostSecondsForJob}");
                await Task.Delay(_random.Next(LongestAfterJob), cancellationToken);
            }

            violations.Require(!server.Process.HasExited, () => $"the server ended by itself: {server.Printed}");
            await server.KillAsync();
            _ = job is not null ? counts.Learning++ : counts.Serving++;
        }
        finally
        {
            await over.CancelAsync();
            await outage;
            await clients;
        }

        return true;
    }

    private async Task CutOffAsync()
    {
        await Task.Delay(_random.Next(LongestLifeOnTables / 2));
        counts.Outages++;
        _wasCutOff = true;
        await store.CutOffAsync(TimeSpan.FromMilliseconds(_random.Next(LongestOutage)));
    }

    /// <summary>The job that runs, as far as it can be asked for.</summary>
    private async Task<string?> JobAsync(ServerProcess server, string path)
    {
        using var response = await server.Client.GetAsync(path);
        violations.Require(response.IsSuccessStatusCode || _wasCutOff, () => $"the learner is answered with {(int)response.StatusCode}");
        return response.IsSuccessStatusCode ? (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["job_id"] : null;
    }
}
