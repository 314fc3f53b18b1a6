using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Scenarios;

namespace Rlhf.Benchmarks.Crash;

/// <summary>
/// Kills a real server at random moments while clients chat, press thumbs and have it learn, starts it again on the same
/// store, and checks after every round that nothing acknowledged is lost, doubled or changed, and that nothing erased is there.
/// </summary>
internal static class CrashBench
{
    private const int WholeEvery = 5;
    private const int MostLooks = 200;
    private static readonly TimeSpan s_jobPatience = TimeSpan.FromMinutes(3);

    /// <summary>Runs the rounds; returns 1 when something was found.</summary>
    public static async Task<int> RunAsync(CrashArguments arguments)
    {
        using var stopping = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stopping.Cancel();
        };
        using var store = new CrashStore(arguments.Tables);
        var violations = new Violations(arguments, stopping.Token);
        var journal = new Journal();
        var stored = new StoreCheck(journal, violations);
        var secrets = new SecretCheck(journal, violations);
        var asked = new ServerCheck(journal, stored, secrets, violations);
        var kills = new CrashCounts();
        var clock = Stopwatch.StartNew();
        IReadOnlyCollection<string> touched = [];
        var ended = "";
        try
        {
            for (var round = 1; round <= arguments.Rounds; round++)
            {
                violations.Round = round;
                ProgressLine.Show(round - 1, arguments.Rounds, string.Create(CultureInfo.InvariantCulture, $"{kills}, {journal.Replies.Count} replies, {stored.Events} events, job {journal.LastJob}, {violations.Found.Count} violations"));
                var started = await new CrashRound(arguments, round, store, journal, violations, asked, kills).RunAsync(touched, stopping.Token);
                touched = journal.TakeTouched();
                await stored.RunAsync(store, touched, whole: round % WholeEvery == 0);
                await secrets.RunAsync(store);
                if (!started)
                    break;
                if (round % WholeEvery == 0)
                    await asked.LoadAsync(store);
            }

            ended = await EndAsync(store, journal, stored, secrets, asked, violations, stopping.Token);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            ended = "interrupted"; // a terminal's Ctrl-C ends server and Azurite too
        }

        ProgressLine.Hide();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{arguments.Storage}, seed {arguments.Seed}: {violations.Round} of {arguments.Rounds} rounds in {clock.Elapsed.TotalSeconds:F0} s: {kills}; {journal.Replies.Count} replies, {stored.Events} events ({journal.Presses.Count} thumbs and {journal.Batches.Count} batches were sent), {journal.Refused} requests refused while the store was away, {journal.LastJob} jobs ({ended}), {secrets.Erased} of {journal.Secrets.Count} secrets erased"));
        Console.WriteLine(violations.Found.Count == 0 ? "nothing acknowledged was lost, doubled or changed, and nothing erased came back" : $"{violations.Found.Count} violations:");
        foreach (var violation in violations.Found)
            Console.WriteLine($"  round {violation.Round}, seed {violation.Seed}: {violation.What}");
        if (arguments.Json is { } json)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new
            {
                crash = new
                {
                    storage = arguments.Storage, seed = arguments.Seed, rounds = violations.Round, seconds = clock.Elapsed.TotalSeconds,
                    killed_serving = kills.Serving, killed_learning = kills.Learning, killed_starting = kills.Starting, outages = kills.Outages,
                    replies = journal.Replies.Count, events = stored.Events, refused = journal.Refused, jobs = journal.LastJob, ended,
                    erased = secrets.Erased, erased_came_back = secrets.CameBack,
                    violations = violations.Found.Select(violation => new { round = violation.Round, seed = violation.Seed, what = violation.What }),
                },
            }));
        }

        return violations.Found.Count == 0 && ended != "interrupted" ? 0 : 1;
    }

    /// <summary>A last start, whose learner ends what it was at; and everything is read once more.</summary>
    private static async Task<string> EndAsync(CrashStore store, Journal journal, StoreCheck stored, SecretCheck secrets, ServerCheck asked, Violations violations, CancellationToken cancellationToken)
    {
        var conversations = journal.Replies.Values.Select(reply => reply.Conversation).Distinct().ToList();
        string outcome;
        await using (var server = await CrashRound.StartAsync(store))
        {
            await asked.RunAsync(server, conversations.TakeLast(MostLooks));
            outcome = await EndOfJobAsync(server, violations, cancellationToken);
            await asked.RunAsync(server, []);
            await secrets.EndAsync(store);
            await server.KillAsync();
        }

        await secrets.RunAsync(store);

        await stored.RunAsync(store, conversations, whole: true);
        await asked.LoadAsync(store);
        return outcome;
    }

    private static async Task<string> EndOfJobAsync(ServerProcess server, Violations violations, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var learner = await server.GetAsync("v1/learner");
        var job = (string?)learner["job_id"];
        while (learner["job_id"] is not null && clock.Elapsed < s_jobPatience)
        {
            cancellationToken.ThrowIfCancellationRequested();
            learner = await server.GetAsync($"v1/learner?wait_for={job}&timeout=5");
        }

        violations.Require(learner["job_id"] is null, () => $"{job} does not end: {learner.ToJsonString()}");
        return learner["last_job"] is JsonObject last ? $"the last was {last["outcome"]}: {last["reason"]}" : "none ended";
    }
}

/// <summary>What was killed, and when.</summary>
internal sealed class CrashCounts
{
    /// <summary>While it served.</summary>
    public int Serving { get; set; }

    /// <summary>While it served and learned.</summary>
    public int Learning { get; set; }

    /// <summary>While it started.</summary>
    public int Starting { get; set; }

    /// <summary>How often the tables were cut off.</summary>
    public int Outages { get; set; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Serving + Learning + Starting} kills ({Learning} while learning, {Starting} while starting), {Outages} outages");
}
