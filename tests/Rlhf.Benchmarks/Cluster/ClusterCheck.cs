using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Benchmarks.Crash;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>Reads back everything that was acknowledged: through the api, and in the ledger itself.</summary>
internal sealed class ClusterCheck(ClusterUnderTest cluster, ClusterJournal journal)
{
    /// <summary>What was acknowledged and is not there, or is there with another content.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>What is there more than once.</summary>
    public List<string> Doubled { get; } = [];

    /// <summary>Compares everything, when nobody writes any more.</summary>
    public async Task RunAsync()
    {
        Lost.AddRange(journal.Lost);
        Doubled.AddRange(journal.Doubled);
        var standing = await ReadLedgerAsync();
        foreach (var conversation in journal.Conversations.Keys)
            await ReadConversationAsync(conversation, standing);
        await CountAsync(standing);
    }

    /// <summary>Whether the version of a job that was interrupted went live, and once.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="version">Its version.</param>
    public async Task<bool> IsPublishedOnceAsync(string job, string version)
    {
        var versions = (await cluster.Api.GetAsync("v1/versions"))["versions"]!.AsArray();
        var last = (await cluster.Api.GetAsync("v1/learner"))["last_job"];
        var said = cluster.Started.SelectMany(process => process.Printed.Split('\n')).ToList();
        var revisions = said.Select(line => Regex.Match(line, $@"{version} is live \(catalogue revision (\d+)\)")).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct();
        return versions.Select(one => ((string)one!["id"]!, (string)one["state"]!)).SequenceEqual([(ModelCatalog.Base, "retired"), (version, "live")])
            && ((string?)last?["job_id"], (string?)last?["outcome"]) == (job, "published")
            && said.Count(line => line.Contains($"Training job {job} ended, version {version}", StringComparison.Ordinal)) == 1
            && revisions.Count() == 1;
    }

    /// <summary>The thumbs that stand, by completion and rater.</summary>
    private async Task<IReadOnlyDictionary<(string Completion, string Rater), FeedbackEvent>> ReadLedgerAsync()
    {
        await using var services = cluster.OpenStore();
        var ledger = services.GetRequiredService<IFeedbackLedger>();
        var verification = await ledger.VerifyAsync();
        if (!verification.Holds)
            Lost.Add($"the ledger is broken at event {verification.BrokenAt}: {verification.Reason}");
        var events = new Dictionary<string, FeedbackEvent>();
        var standing = new Dictionary<(string, string), FeedbackEvent>();
        await foreach (var (_, feedback) in ledger.ReadAsync(0))
        {
            if (!events.TryAdd(feedback.Id, feedback))
                Doubled.Add($"the thumb '{feedback.Id}' stands in the ledger twice");
            standing[(feedback.CompletionId!, feedback.Rater)] = feedback;
        }

        foreach (var press in journal.Presses.Values.Where(press => press.Acknowledged))
        {
            if (!events.TryGetValue(press.EventId, out var stored))
                Lost.Add($"the acknowledged thumb '{press.EventId}' is not in the ledger");
            else if ((stored.CompletionId, stored.Up, stored.Reply) != (press.Reply.Id, press.Up, press.Reply.Text))
                Lost.Add($"the thumb '{press.EventId}' is stored with another content: {stored} instead of {press}");
        }

        return standing;
    }

    private async Task ReadConversationAsync(string conversation, IReadOnlyDictionary<(string Completion, string Rater), FeedbackEvent> standing)
    {
        var turns = (await cluster.Api.GetAsync($"v1/conversations/{conversation}"))["turns"]!.AsArray().Select(turn => turn!).ToList();
        foreach (var twice in turns.GroupBy(turn => (string)turn["completion_id"]!).Where(turn => turn.Count() > 1))
            Doubled.Add($"the reply '{twice.Key}' is stored twice");
        foreach (var twice in turns.GroupBy(turn => (string)turn["messages"]!.AsArray()[^1]!["content"]!).Where(turn => turn.Count() > 1))
            Doubled.Add($"'{twice.Key}' is answered {twice.Count()} times in conversation '{conversation}'");

        var stored = turns.GroupBy(turn => (string)turn["completion_id"]!).ToDictionary(turn => turn.Key, turn => turn.First());
        foreach (var reply in journal.Replies.Values.Where(reply => reply.Conversation == conversation && reply.Durable))
        {
            if (!stored.TryGetValue(reply.Id, out var turn))
                Lost.Add($"the acknowledged reply '{reply.Id}' is not in its conversation");
            else if (((string?)turn["reply"], (string?)turn["model_version"], (string?)turn["messages"]!.AsArray()[^1]!["content"]) != (reply.Text, reply.Version, reply.Question))
                Lost.Add($"the reply '{reply.Id}' is stored with another content: {turn.ToJsonString()} instead of {reply}");
        }

        foreach (var (id, turn) in stored)
        {
            var shown = turn["thumbs"]!.AsArray().Select(thumb => (string)thumb!["id"]!).Order();
            if (!shown.SequenceEqual(standing.Where(thumb => thumb.Key.Completion == id).Select(thumb => thumb.Value.Id).Order()))
                Lost.Add($"'{id}' shows other thumbs than the ledger holds: {turn["thumbs"]!.ToJsonString()}");
        }
    }

    /// <summary>What is counted is what there is.</summary>
    private async Task CountAsync(IReadOnlyDictionary<(string Completion, string Rater), FeedbackEvent> standing)
    {
        foreach (var version in (await cluster.Api.GetAsync("v1/versions"))["versions"]!.AsArray())
        {
            var earned = standing.Values.Count(thumb => thumb.Version == (string)version!["id"]!);
            var counted = (int)version!["thumbs_up"]! + (int)version["thumbs_down"]!;
            if (earned != counted)
                (counted > earned ? Doubled : Lost).Add(string.Create(CultureInfo.InvariantCulture, $"version {version["id"]} counts {counted} thumbs, the ledger {earned}"));
        }
    }
}
