using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Reads the store itself while no server runs, and compares it with what clients sent and were told.</summary>
internal sealed class StoreCheck(Journal journal, Violations violations)
{
    private readonly Dictionary<string, FeedbackEvent> _events = [];
    private readonly Dictionary<long, FeedbackEvent> _places = [];
    private long _last;

    /// <summary>The thumbs that stand: by completion and rater.</summary>
    public Dictionary<(string Completion, string Rater), FeedbackEvent> Standing { get; } = [];

    /// <summary>What the ledger counts for each version, event by event, erased ones among them.</summary>
    public Dictionary<(string Version, bool Up), int> Counts { get; } = [];

    public long Events => _last;

    /// <summary>Checks what came since the last time; with <paramref name="whole"/> everything.</summary>
    public async Task RunAsync(CrashStore store, IEnumerable<string> conversations, bool whole)
    {
        await using var services = store.Open();
        var ledger = services.GetRequiredService<IFeedbackLedger>();
        if (whole)
        {
            var verification = await ledger.VerifyAsync();
            violations.Require(verification.Holds, () => $"the ledger is broken at event {verification.BrokenAt}: {verification.Reason}");
            violations.Require(verification.Entries >= _last, () => $"the ledger has {verification.Entries} events; it had {_last} before");
        }

        await foreach (var (sequence, feedback) in ledger.ReadAsync(_last))
        {
            violations.Require(sequence == ++_last, () => $"event {sequence} follows event {_last - 1}");
            Count(feedback, feedback.Up, 1);
            Count(feedback, feedback.Replaces, -1);
            if (feedback.Erasure is { } erasure)
                Erase(erasure);
            else if (feedback.IsFeedback)
                Take(sequence, feedback);
        }

        foreach (var press in journal.Presses.Values)
            Compare(press);
        foreach (var batch in journal.Batches.Values)
            Compare(batch);

        var turns = services.GetRequiredService<ITurnStore>();
        foreach (var conversation in conversations)
            Compare(conversation, await turns.ReadAsync(conversation));
    }

    private void Count(FeedbackEvent feedback, bool? thumb, int change)
    {
        if (thumb is { } up)
            Counts[(feedback.Version, up)] = Counts.GetValueOrDefault((feedback.Version, up)) + change;
    }

    /// <summary>Only secrets are erased; what is seen of them for the first time after that is seen erased.</summary>
    private void Erase(Erasure erasure)
    {
        foreach (var sequence in erasure.Sequences())
        {
            if (!_places.Remove(sequence, out var feedback))
                continue;
            violations.Require(
                feedback.Rater.StartsWith(Secret.UserStart, StringComparison.Ordinal), () => $"event {sequence}, '{feedback.Id}', was erased, and nobody asked for that");
            _events.Remove(feedback.Id);
            if (Standing.GetValueOrDefault((feedback.CompletionId!, feedback.Rater)) == feedback)
                Standing.Remove((feedback.CompletionId!, feedback.Rater));
        }
    }

    private void Take(long sequence, FeedbackEvent feedback)
    {
        violations.Require(_events.TryAdd(feedback.Id, feedback), () => $"event '{feedback.Id}' stands in the ledger twice");
        _places[sequence] = feedback;
        if (feedback.CompletionId is not { } completion)
            return;
        violations.Require(journal.Presses.ContainsKey(feedback.Id) || feedback.Rater.StartsWith(Secret.UserStart, StringComparison.Ordinal), () => $"event '{feedback.Id}' was never sent");
        var place = (completion, feedback.Rater);
        var before = Standing.GetValueOrDefault(place)?.Up;
        violations.Require(feedback.Replaces == before, () => $"event '{feedback.Id}' says that it replaces {feedback.Replaces?.ToString() ?? "nothing"}, but {before?.ToString() ?? "nothing"} stood there");
        if (feedback.Up is null)
            Standing.Remove(place);
        else
            Standing[place] = feedback;
    }

    private void Compare(Press press)
    {
        if (!_events.TryGetValue(press.EventId, out var stored))
        {
            violations.Require(!press.Acknowledged, () => $"the acknowledged thumb '{press.EventId}' is lost");
            return;
        }

        violations.Require(!press.NotFound, () => $"'{press.EventId}' is recorded, and sent again it was answered that there is nothing to take back");
        var same = stored.CompletionId == press.Reply.Id && stored.Rater == press.Rater && stored.Up == press.Up && stored.Comment == press.Comment
            && stored.Tags.SequenceEqual(press.Tags) && stored.Reply == press.Reply.Text && stored.Version == press.Reply.Version
            && stored.Messages[^1].Content == press.Reply.Question;
        violations.Require(same, () => $"the thumb '{press.EventId}' is stored with another content: {stored} instead of {press}");
    }

    private void Compare(Batch batch)
    {
        var found = 0;
        for (var i = 0; i < batch.Thumbs.Count; i++)
        {
            if (_events.TryGetValue(batch.EventId(i), out var stored))
            {
                found++;
                var (at, same) = (i, stored.Up == batch.Thumbs[i] && stored.Reply == batch.Completion(i) && stored.Group == batch.Name);
                violations.Require(same, () => $"the recorded thumb '{batch.EventId(at)}' is stored with another content: {stored}");
            }
        }

        violations.Require(
            found == batch.Thumbs.Count || (found == 0 && !batch.Acknowledged),
            () => $"{found} of the {batch.Thumbs.Count} thumbs of the {(batch.Acknowledged ? "" : "un")}acknowledged batch '{batch.Name}' are there");
    }

    private void Compare(string conversation, IReadOnlyList<Turn> turns)
    {
        violations.Require(turns.DistinctBy(turn => turn.Number).Count() == turns.Count, () => $"conversation '{conversation}' has a turn twice");
        var stored = turns.ToDictionary(turn => CompletionId.Of(conversation, turn.Number));
        foreach (var reply in journal.Replies.Values.Where(reply => reply.Conversation == conversation))
        {
            if (!stored.TryGetValue(reply.Id, out var turn))
            {
                violations.Require(!reply.Durable, () => $"the acknowledged reply '{reply.Id}' is lost");
                continue;
            }

            var same = turn.Reply == reply.Text && turn.Version == reply.Version && turn.Messages[^1].Content == reply.Question;
            violations.Require(same, () => $"the reply '{reply.Id}' is stored with another content: {turn} instead of {reply}");
        }

        foreach (var question in turns.GroupBy(turn => turn.Messages[^1].Content))
        {
            var asked = journal.Asked.GetValueOrDefault(question.Key);
            violations.Require(question.Count() <= asked, () => $"conversation '{conversation}' answers {question.Count()} times what was asked {asked} times: {question.Key}");
        }
    }
}
