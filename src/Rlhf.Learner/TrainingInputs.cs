using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Serving;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Rewards;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>What a job learns from, collected once and kept beside its checkpoint: turns, feedback and trust go on
/// changing while it runs, and a resumed job must go on with the same.</summary>
/// <param name="Feedback">What people said.</param>
/// <param name="Prompts">The dialogues that the policy practises on.</param>
internal sealed record TrainingInputs(ImmutableArray<Judgement> Feedback, ImmutableArray<ImmutableArray<ChatMessage>> Prompts)
{
    private const string FileName = "inputs.json";
    private const string DemonstratedFigure = "sft/cursor";
    private const int UnderWayAtMost = 256; // events that may come between an erasure's and its turns' end

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Events in the ledger that nothing can be learned from, since nobody can be named who gave them.</summary>
    public int SetAside { get; init; }

    /// <summary>The ledger's last sequence before the collecting began: what was erased up to then is not in here.</summary>
    public long AsOf { get; init; }

    /// <summary>The ledger's last sequence up to which the turns of what was erased were surely gone.</summary>
    public long? TurnsAsOf { get; init; }

    /// <summary>The completions whose prompts may be among <see cref="Prompts"/>.</summary>
    public ImmutableArray<string> Turns { get; init; } = [];

    /// <summary>The events that <see cref="Feedback"/> is of, in its order.</summary>
    public ImmutableArray<LearnedEvent> Events { get; init; } = [];

    /// <summary>Where the event of each of <see cref="Prompts"/> stands in the ledger; null for the prompt of a turn.</summary>
    public ImmutableArray<long?> PromptEvents { get; init; } = [];

    /// <summary>Served replies that an AI judge labels.</summary>
    public ImmutableArray<ServedReply> ToLabel { get; init; } = [];

    /// <summary>The ledger's last sequence whose demonstrations an ancestor was tuned on: later ones are among <see cref="Feedback"/>.</summary>
    public long DemonstratedTo { get; init; }

    /// <summary>The KL coefficient that the training of the parent ended with, from which this one goes on; null where it had none.</summary>
    public double? KlCoefficient { get; init; }

    /// <summary>Reads the inputs that were kept in the folder, or null when there are none that this program wrote.</summary>
    public static async Task<TrainingInputs?> FindAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<TrainingInputs>(file, Json, cancellationToken) is { Feedback.IsDefault: false } inputs && inputs.PromptEvents.Length == inputs.Prompts.Length
            ? inputs
            : null;
    }

    /// <summary>Keeps the inputs in the folder: wholly or, after a crash, not at all.</summary>
    public async Task KeepAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        await using (var file = File.Create(path + ".new"))
        {
            await JsonSerializer.SerializeAsync(file, this, Json, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Collects what there is to learn from up to the job's cursor.</summary>
    public static async Task<TrainingInputs> CollectAsync(
        TrainingJob job, string model, LearnerSchedule schedule, FeedbackOptions feedback, IFeedbackLedger ledger, ITurnStore turns, IGrainFactory grains, bool filteredToo, JudgeOptions judge, CancellationToken cancellationToken)
    {
        var asOf = await ledger.LastSequenceAsync(cancellationToken);
        var turnsAsOf = await BeforeErasuresUnderWayAsync(ledger, asOf, cancellationToken);
        var withheld = await grains.GetGrain<IModelCatalogGrain>(model).GetWithheldAsync(cancellationToken);
        var parent = await grains.GetGrain<IModelVersionGrain>($"{model}:{job.Parent}").GetAsync(cancellationToken);
        var demonstratedTo = (long)(parent?.Metrics.GetValueOrDefault(DemonstratedFigure) ?? 0);
        var counted = await CountedFeedback.SelectAsync(grains.GetGrain<IRatersGrain>(model), job.Cursor, schedule, withheld, filteredToo, weigh: true, cancellationToken);
        var events = new List<LedgerEntry>();
        await foreach (var entry in ledger.ReadAsync([.. counted.Counted.Select(given => given.Sequence)], cancellationToken))
        {
            if (entry.Event.IsFeedback) // it may have been erased since
            {
                events.Add(entry);
            }
        }

        var recent = await turns.RecentAsync(schedule.MostPrompts + (judge.Labels ? judge.Label.Most : 0), cancellationToken);
        var prompts = recent.Take(schedule.MostPrompts).Where(turn => (filteredToo || turn.Filtered is null) && turn.Version != GoldQuestion.Version).Select(turn => (turn.Messages, Event: (long?)null))
            .Concat(events.AsEnumerable().Reverse().Select(pressed => (pressed.Event.Messages, Event: (long?)pressed.Sequence)))
            .Where(prompt => prompt.Messages.Length > 0) // an imported reply may open its dialogue
            .DistinctBy(prompt => string.Join('\0', prompt.Messages.Select(message => $"{message.Role}\0{message.Content}\0{message.ToolCalls}\0{message.ToolCallId}")))
            .Take(schedule.MostPrompts)
            .ToList();
        // In the replies' order, not in that of arrival: what users say at the same time arrives in any order, and the order of examples
        // is part of a training's numbers.
        var learned = events.OrderBy(said => said.Event.CompletionId ?? said.Event.Id, StringComparer.Ordinal)
            .ThenBy(said => RaterId.Of(said.Event), StringComparer.Ordinal).ThenBy(said => said.Event.Statement, StringComparer.Ordinal)
            .Select(said => (Said: said, Trust: counted.Weights[RaterId.Of(said.Event)]))
            .Select(given => (given.Said, given.Trust, Judgements: Judgements.Of(given.Said, given.Trust, feedback, demonstratedTo).ToList()))
            .ToList();
        return new TrainingInputs([.. learned.SelectMany(given => given.Judgements)], [.. prompts.Select(prompt => prompt.Messages)])
        {
            Events = [.. learned.Select(given => LearnedEvent.Of(given.Said, given.Trust, given.Judgements.Count))],
            PromptEvents = [.. prompts.Select(prompt => prompt.Event)],
            DemonstratedTo = demonstratedTo,
            KlCoefficient = parent?.Metrics.TryGetValue(PolicyTask.NextKlCoefficient, out var coefficient) == true ? coefficient : null,
            SetAside = counted.Unreadable,
            AsOf = asOf,
            TurnsAsOf = turnsAsOf,
            ToLabel = judge.Labels
                ? JudgeLabels.Choose(recent, events.Select(said => said.Event.CompletionId).OfType<string>().ToHashSet(), events.Count(said => counted.Weights[RaterId.Of(said.Event)] > 0), judge.Label)
                : [],
            Turns = [.. recent.Select(turn => CompletionId.Of(turn.ConversationId, turn.Number))],
        };
    }

    /// <summary>Whether something of it was erased since, because somebody asked for it; what is only older than is kept a job may finish with.</summary>
    /// <param name="cursor">The last sequence that its job learns from.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="stored">The turns.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> HoldErasedAsync(long cursor, IFeedbackLedger ledger, ITurnStore stored, CancellationToken cancellationToken)
    {
        var turnsWent = false;
        await foreach (var entry in ledger.ReadAsync(TurnsAsOf ?? AsOf, cancellationToken))
        {
            if (entry.Event.Erasure is { Reason: not Erasure.Retention } erasure)
            {
                if (entry.Sequence > AsOf && erasure.EventsUpTo(cursor) > 0)
                {
                    return true;
                }

                turnsWent |= erasure.Turns > 0;
            }
        }

        return turnsWent && await LackTurnsAsync(stored, cancellationToken);
    }

    /// <summary>The ledger tells of an erasure before the turns go: those of the newest ones may have been collected all the same.</summary>
    private static async Task<long> BeforeErasuresUnderWayAsync(IFeedbackLedger ledger, long asOf, CancellationToken cancellationToken)
    {
        var newest = ledger.ReadAsync(Math.Max(0, asOf - UnderWayAtMost), cancellationToken).TakeWhile(entry => entry.Sequence <= asOf);
        var first = await newest.FirstOrDefaultAsync(entry => entry.Event.Erasure is { Turns: > 0, Reason: not Erasure.Retention }, cancellationToken);
        return first is null ? asOf : first.Sequence - 1;
    }

    private async Task<bool> LackTurnsAsync(ITurnStore stored, CancellationToken cancellationToken)
    {
        var places = Turns.Select(id => CompletionId.TryParse(id, out var conversation, out var number) ? (Conversation: conversation, number) : default).Where(place => place.Conversation is not null);
        foreach (var conversation in places.GroupBy(place => place.Conversation!, place => place.number))
        {
            var kept = await stored.ReadAsync(conversation.Key, cancellationToken);
            var left = kept.Select(turn => turn.Number).Concat(kept.Damaged).ToHashSet();
            if (conversation.Any(number => !left.Contains(number)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The prompts in the learner's own terms.</summary>
    public IReadOnlyList<IReadOnlyList<DialogueMessage>> ToPrompts() => [.. Prompts.Select(messages => messages.ToDialogue())];

    /// <summary>The figure of a version that says up to where demonstrations were learned from: to the job's own cursor where there was a stage for them.</summary>
    public KeyValuePair<string, double> Demonstrated(long cursor, IReadOnlyDictionary<string, double> metrics) =>
        new(DemonstratedFigure, metrics.ContainsKey("sft/examples") ? cursor : DemonstratedTo);
}

/// <summary>An event of the ledger that a training takes.</summary>
/// <param name="Id">The event.</param>
/// <param name="Sequence">Its place.</param>
/// <param name="Checksum">Its checksum.</param>
/// <param name="Trust">How far its rater is trusted.</param>
/// <param name="Judgements">How many judgements it gives.</param>
internal sealed record LearnedEvent(string Id, long Sequence, string Checksum, double Trust, int Judgements)
{
    public static LearnedEvent Of(LedgerEntry entry, double trust, int judgements) => new(entry.Event.Id, entry.Sequence, EventChecksum.Of(entry.Event), trust, judgements);
}
