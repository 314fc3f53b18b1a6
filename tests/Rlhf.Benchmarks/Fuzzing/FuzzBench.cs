using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Benchmarks.Crash;
using Rlhf.Scenarios;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>
/// Sends a real server requests that are made out of its own OpenAPI document and then spoilt: bodies, paths, headers, and how their clients
/// behave. Whatever they are, the server answers, in time, with nothing that would be its own fault, and its memory does not grow with them.
/// </summary>
internal static class FuzzBench
{
    private const long MiB = 1024 * 1024;
    private const long MostGrowthMiB = 100;
    private const int LeastWarmUp = 5000;
    private const int Samples = 8;
    private static readonly TimeSpan s_betweenSamples = TimeSpan.FromMilliseconds(250);

    // What may fill up to a bound is full after the warm-up.
    private static readonly string[] s_settings = [.. CrashRound.Settings, "--Chat:MaxTokens=8", "--Versions:KeepRetired=1", "--Serving:CacheBytes=16777216", .. RequestSource.Settings];

    /// <summary>Sends the requests; returns 1 when something was found.</summary>
    public static async Task<int> RunAsync(FuzzArguments arguments)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-fuzz-").FullName;
        await using var server = await ServerProcess.StartAsync(folder, settings: s_settings);
        if (server.Process.HasExited)
            throw new CommandException($"The server ended with exit code {server.Process.ExitCode}:\n{server.Printed}");
        try
        {
            server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RequestSource.Operator);
            var source = new RequestSource(new ApiDescription(await server.Client.GetStringAsync("openapi/v1.json")), arguments.Seed);
            using var client = new FuzzClient(server.Client.BaseAddress!);
            await LearnAsync(server);
            return arguments.Only is { } only ? await ReplayAsync(source, client, only, server) : await RunAsync(arguments, source, client, server);
        }
        finally
        {
            if (!server.Process.HasExited)
                await server.KillAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> RunAsync(FuzzArguments arguments, RequestSource source, FuzzClient client, ServerProcess server)
    {
        var tally = new FuzzTally(() => server.Printed);
        var clock = Stopwatch.StartNew();
        var episodes = (arguments.Requests + RequestSource.EpisodeLength - 1) / RequestSource.EpisodeLength;
        var warmUp = Math.Min(episodes / 2, Math.Max(LeastWarmUp, arguments.Requests / 10) / RequestSource.EpisodeLength);
        async Task Send(int first, int end) => await Parallel.ForEachAsync(Enumerable.Range(first, end - first), new ParallelOptions { MaxDegreeOfParallelism = arguments.Clients }, async (episode, _) =>
        {
            foreach (var request in source.Episode(episode, arguments.Requests))
            {
                if (server.Process.HasExited)
                    return;
                tally.Add(request, await client.SendAsync(request));
            }

            ProgressLine.Show(tally.Done, arguments.Requests, string.Create(CultureInfo.InvariantCulture, $"{tally.Done / clock.Elapsed.TotalSeconds:F0} a second, {tally.ServerErrors} server errors, {tally.Hangs} hangs"));
        });

        await Send(0, warmUp);
        var warm = await MemoryAsync(server);
        await Send(warmUp, episodes);
        var seconds = clock.Elapsed.TotalSeconds;
        var growth = await MemoryAsync(server) - warm;
        if (server.Process.HasExited)
            tally.Add($"the server ended by itself, with exit code {server.Process.ExitCode}:\n{server.Printed[^Math.Min(server.Printed.Length, 4000)..]}");
        else
            await LookAsync(server, tally);

        ProgressLine.Hide();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {arguments.Seed}: {tally.Done:N0} requests in {seconds:F0} s by {arguments.Clients} clients: {tally.ServerErrors} server errors, {tally.Hangs} hangs; resident memory {warm} MiB after {warmUp * RequestSource.EpisodeLength:N0} requests, {growth:+0;-0;0} MiB since (at most {MostGrowthMiB} may be)"));
        Console.WriteLine($"answers: {tally.Statuses}");
        if (tally.Undocumented.ToList() is { Count: > 0 } undocumented)
            Console.WriteLine($"refused in ways that the description does not tell: {string.Join("; ", undocumented)}");
        foreach (var line in server.Printed.Split('\n').Where(line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)).CountBy(line => line).Take(10))
            Console.WriteLine($"logged {line.Value} times: {line.Key}");
        if (arguments.Json is { } json)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { requests = tally.Done, server_errors = tally.ServerErrors, hangs = tally.Hangs, rss_growth_mib = growth }));
        }

        return tally is { ServerErrors: 0, Hangs: 0 } && growth < MostGrowthMiB ? 0 : 1;
    }

    /// <summary>Sends one request again, after those of its episode that came before it.</summary>
    private static async Task<int> ReplayAsync(RequestSource source, FuzzClient client, int only, ServerProcess server)
    {
        var tally = new FuzzTally(() => server.Printed);
        var good = true;
        foreach (var request in source.Episode(only / RequestSource.EpisodeLength, only + 1))
        {
            var answer = await client.SendAsync(request);
            Console.WriteLine($"request {request.Number}: {request}\n    answered with {answer.Status?.ToString(CultureInfo.InvariantCulture) ?? "nothing"}: {answer.Text}");
            good = tally.Add(request, answer);
        }

        return good ? 0 : 1;
    }

    /// <summary>A first version is there, and what a training loads is loaded.</summary>
    private static async Task LearnAsync(ServerProcess server)
    {
        using var recorded = new StringContent(Story.Recorded(-1).Body!, Encoding.UTF8, "application/json");
        (await server.Client.PostAsync("v1/feedback/import", recorded)).EnsureSuccessStatusCode();
        (await server.Client.PostAsync("v1/learner/train", null)).EnsureSuccessStatusCode();
        await IdleAsync(server);
    }

    private static async Task<JsonNode> IdleAsync(ServerProcess server)
    {
        var learner = await server.GetAsync("v1/learner");
        while (learner["job_id"] is { } job)
            learner = await server.GetAsync($"v1/learner?wait_for={job}&timeout=20");
        return learner;
    }

    /// <summary>The resident memory in MiB while nothing is under way: the least of several looks.</summary>
    private static async Task<long> MemoryAsync(ServerProcess server)
    {
        if (server.Process.HasExited)
            return 0;
        await IdleAsync(server);
        var least = long.MaxValue;
        for (var sample = 0; sample < Samples && !server.Process.HasExited; sample++)
        {
            await Task.Delay(s_betweenSamples);
            server.Process.Refresh();
            least = Math.Min(least, server.Process.WorkingSet64);
        }

        return least / MiB;
    }

    /// <summary>After all that it still does its work.</summary>
    private static async Task LookAsync(ServerProcess server, FuzzTally tally)
    {
        using var chat = new StringContent("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"max_tokens":4}""", Encoding.UTF8, "application/json");
        using var answer = await server.Client.PostAsync("v1/chat/completions", chat);
        if (!answer.IsSuccessStatusCode)
            tally.Add($"at the end a chat is answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        using var ready = await server.Client.GetAsync("health/ready");
        if (!ready.IsSuccessStatusCode)
            tally.Add($"at the end the server is not ready: {await ready.Content.ReadAsStringAsync()}");
    }
}
