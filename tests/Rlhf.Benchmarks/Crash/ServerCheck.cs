using System.Globalization;
using System.Text.Json.Nodes;
using Rlhf.Inference;
using Rlhf.Storage;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Scenarios;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Asks a server that was started again what it knows, before anybody else does.</summary>
internal sealed class ServerCheck(Journal journal, StoreCheck stored, SecretCheck secrets, Violations violations)
{
    private static readonly string[] s_ended = ["published", "rejected"];

    private string _live = "base";

    /// <summary>Learner, versions, and some conversations.</summary>
    public async Task RunAsync(ServerProcess server, IEnumerable<string> conversations)
    {
        try
        {
            var learner = await server.GetAsync("v1/learner");
            var versions = (await server.GetAsync("v1/versions"))["versions"]!.AsArray();
            Compare(learner, versions);
            foreach (var conversation in conversations)
                await CompareAsync(server, conversation);
            await secrets.RunAsync(server);
        }
        catch (HttpRequestException error)
        {
            violations.Add($"the server, started again, does not answer: {error.Message}\n{server.Printed}");
        }
    }

    /// <summary>The adapter of the version that was live is there and is one.</summary>
    public async Task LoadAsync(CrashStore store)
    {
        if (_live == "base")
            return;
        await using var services = store.Open();
        var adapter = await services.GetRequiredService<IAdapterStore>().LoadAsync(_live);
        violations.Require(adapter is not null, () => $"version '{_live}' is live and has no adapter");
        if (adapter is not null)
            _ = LoraAdapter.FromBytes(adapter, $"version '{_live}'");
    }

    private void Compare(JsonNode learner, JsonArray versions)
    {
        var names = versions.Select(version => (string)version!["id"]!).ToList();
        IEnumerable<string> expected = ["base", .. Enumerable.Range(1, names.Count - 1).Select(number => string.Create(CultureInfo.InvariantCulture, $"v{number}"))];
        violations.Require(names.SequenceEqual(expected), () => $"the versions are {string.Join(", ", names)}");
        var live = versions.Where(version => (string?)version!["state"] == "live").Select(version => (string)version!["id"]!).ToList();
        violations.Require(live.Count == 1, () => $"not one version is live: {versions.ToJsonString()}");
        _live = live.FirstOrDefault("base");
        violations.Require(versions.SkipLast(1).All(version => (string?)version!["state"] != "candidate"), () => $"an ended job's version is a candidate: {versions.ToJsonString()}");

        var last = learner["last_job"] is { } job ? NumberOf(job["job_id"]) : 0;
        var running = learner["job_id"] is { } id ? NumberOf(id) : 0;
        violations.Require(last == 0 || s_ended.Contains((string?)learner["last_job"]!["outcome"]), () => $"job-{last} ended as {learner["last_job"]!.ToJsonString()}");
        violations.Require(running == 0 || running == last + 1, () => $"job-{running} runs after job-{last}");
        violations.Require(Math.Max(last, running) >= journal.LastJob, () => $"job-{journal.LastJob} was started and neither runs nor has ended: {learner.ToJsonString()}");

        // A start finishes the erasures that the kill cut off: each is an event.
        var begun = journal.Secrets.Values.Count(secret => secret is { Asked: true, UserErased: false });
        violations.Require((int)learner["feedback_total"]! >= stored.Events && (int)learner["feedback_total"]! <= stored.Events + begun, () => $"the learner counts {learner["feedback_total"]} events, the ledger holds {stored.Events}");
        foreach (var version in versions)
        {
            var (up, down) = (stored.Counts.GetValueOrDefault(((string)version!["id"]!, true)), stored.Counts.GetValueOrDefault(((string)version["id"]!, false)));
            violations.Require(
                (int)version["thumbs_up"]! == up && (int)version["thumbs_down"]! == down,
                () => $"version {version["id"]} counts {version["thumbs_up"]} thumbs up and {version["thumbs_down"]} down, the ledger {up} and {down}");
        }
    }

    private async Task CompareAsync(ServerProcess server, string conversation)
    {
        using var response = await server.Client.GetAsync($"v1/conversations/{conversation}");
        if (!response.IsSuccessStatusCode)
        {
            violations.Require(
                journal.Replies.Values.All(reply => reply.Conversation != conversation || !reply.Durable),
                () => $"conversation '{conversation}' is answered with {(int)response.StatusCode}");
            return;
        }

        var turns = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["turns"]!.AsArray();
        foreach (var turn in turns)
        {
            var id = (string)turn!["completion_id"]!;
            violations.Require(
                !journal.Replies.TryGetValue(id, out var reply) || (string?)turn["reply"] == reply.Text,
                () => $"conversation '{conversation}' shows another reply '{id}': {turn["reply"]}");
            var shown = turn["thumbs"]!.AsArray().Select(thumb => $"{thumb!["id"]} {thumb["thumbs"]}").Order();
            var standing = stored.Standing.Where(thumb => thumb.Key.Completion == id).Select(thumb => $"{thumb.Value.Id} {(thumb.Value.Up is true ? "up" : "down")}").Order();
            violations.Require(shown.SequenceEqual(standing), () => $"'{id}' shows the thumbs {string.Join(", ", shown)}; in the ledger stand {string.Join(", ", standing)}");
        }
    }

    private static int NumberOf(JsonNode? job) => int.Parse(((string)job!).AsSpan("job-".Length), CultureInfo.InvariantCulture);
}
