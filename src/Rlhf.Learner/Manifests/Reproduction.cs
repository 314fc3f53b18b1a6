using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Pipeline;
using Rlhf.Storage;

namespace Rlhf.Learner.Manifests;

/// <summary>What a repeated training came to.</summary>
/// <param name="Version">The version.</param>
/// <param name="Same">Whether the adapter is the same to the bit.</param>
/// <param name="Expected">The SHA-256 of the version's adapter.</param>
/// <param name="Found">The SHA-256 of the adapter that was trained now.</param>
/// <param name="Differences">What differs: of the adapters, then of what computed them.</param>
public sealed record ReproductionResult(string Version, bool Same, string Expected, string Found, IReadOnlyList<string> Differences);

/// <summary>Trains a version again, from its manifest and what the store still holds of its inputs, and compares.</summary>
/// <param name="store">What the server keeps; it is only read.</param>
/// <param name="model">The base model.</param>
/// <param name="scratch">An empty folder for the run's checkpoint.</param>
public sealed class Reproduction(OpenedStore store, BaseModel model, string scratch)
{
    /// <summary>Trains the version again.</summary>
    /// <param name="version">The version.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">It can't be trained again; the message says why.</exception>
    /// <exception cref="StorageException">The store can't be read.</exception>
    public async Task<ReproductionResult> RunAsync(string version, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        var manifest = await ManifestAsync(version, cancellationToken);
        var adapter = await AdapterAsync(version, manifest.Adapter, cancellationToken);
        var options = OptionsOf(manifest);
        var request = await RequestAsync(manifest, cancellationToken);
        var result = await Task.Factory.StartNew(
            () => new TrainingRun(model, options).Execute(request, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default); // libtorch keeps its modes per thread
        var found = result.Policy.ToBytes();
        var checksum = ManifestWriter.Checksum(found);
        return checksum == manifest.Adapter
            ? new ReproductionResult(version, Same: true, manifest.Adapter, checksum, [])
            : new ReproductionResult(version, Same: false, manifest.Adapter, checksum, [.. AdapterDifferences.Of(adapter, found), .. TrainingEnvironment.Here(options).DifferencesFrom(manifest.Environment)]);
    }

    private async Task<TrainingManifest> ManifestAsync(string version, CancellationToken cancellationToken)
    {
        var bytes = await store.Adapters.LoadManifestAsync(version, cancellationToken)
            ?? throw new InvalidDataException($"Version '{version}' has no manifest: there is no such version, it is the base, or it was trained before there were manifests.");
        TrainingManifest manifest;
        try
        {
            manifest = TrainingManifest.FromBytes(bytes);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"Version '{version}': {error.Message}");
        }

        return manifest.Model == model.Fingerprint ? manifest
            : throw new InvalidDataException($"Version '{version}' was trained on the base model {manifest.Model}, and this one is {model.Fingerprint}: name that one's folder with --model.");
    }

    private async Task<byte[]> AdapterAsync(string version, string checksum, CancellationToken cancellationToken)
    {
        var adapter = await store.Adapters.LoadAsync(version, cancellationToken) ?? throw new InvalidDataException($"Version '{version}' has no adapter.");
        return ManifestWriter.Checksum(adapter) == checksum ? adapter
            : throw new InvalidDataException($"The adapter of version '{version}' is {ManifestWriter.Checksum(adapter)}, and the manifest that needs it says {checksum}.");
    }

    /// <summary>The options of then, without what comes after the adapter is made.</summary>
    private static LearnerOptions OptionsOf(TrainingManifest manifest)
    {
        var options = manifest.Learner with
        {
            Threads = manifest.Environment.Threads,
            Gate = manifest.Learner.Gate with { Dialogues = null, RegressionPrompts = null },
        };
        if (options.Components.AsksOthers)
        {
            throw new InvalidDataException($"Version '{manifest.Version}' was rewarded by a scorer or an AI judge behind an address, whose scores can't be repeated.");
        }

        foreach (var (name, checksum) in manifest.Files)
        {
            var path = options.Rules.File!;
            if (!File.Exists(path) || ManifestWriter.Checksum(File.ReadAllBytes(path)) != checksum)
            {
                throw new InvalidDataException($"{name} named {path}, whose SHA-256 was {checksum}; {(File.Exists(path) ? "it was changed since" : "it is not there any more")}.");
            }
        }

        return options;
    }

    private async Task<TrainingRequest> RequestAsync(TrainingManifest manifest, CancellationToken cancellationToken)
    {
        var (events, weights) = (await EventsAsync(manifest, cancellationToken), manifest.FeedbackWeights.ToOptions());
        var prompts = events.Values.Select(entry => entry.Event.Messages.ToDialogue()).DistinctBy(messages => PromptChecksum.Of(messages)).ToDictionary(messages => PromptChecksum.Of(messages));
        var turns = await TurnsAsync(manifest, prompts, cancellationToken);
        var labelled = manifest.Labels.Select(label => (Reply: turns[label.Checksum], label.Score)).ToList();
        var scores = labelled.DistinctBy(label => label.Reply.Id).ToDictionary(label => label.Reply.Id, label => label.Score);
        return new TrainingRequest
        {
            JobId = manifest.JobId,
            Version = manifest.Version,
            Parent = manifest.Parent,
            Seed = manifest.Seed,
            LivePolicy = manifest.ParentAdapter is { } parent ? LoraAdapter.FromBytes(await AdapterAsync(manifest.Parent, parent, cancellationToken), $"version '{manifest.Parent}'") : null,
            KlCoefficient = manifest.KlCoefficient,
            Feedback = [.. manifest.Feedback.SelectMany(said => Judgements.Of(events[said.Sequence], said.Trust, weights, manifest.DemonstratedTo))],
            Labels = JudgeLabels.ToJudgements([.. labelled.Select(label => label.Reply)], scores, manifest.Learner.Judge.Label.Weight),
            Prompts = [.. manifest.Prompts.Select(prompt => prompts[prompt.Checksum])],
            CheckpointFolder = scratch,
        };
    }

    /// <summary>The events by their places; one that prompts alone are of is among them.</summary>
    private async Task<Dictionary<long, LedgerEntry>> EventsAsync(TrainingManifest manifest, CancellationToken cancellationToken)
    {
        var wanted = manifest.Feedback.ToDictionary(said => said.Sequence);
        var events = new Dictionary<long, LedgerEntry>();
        if (wanted.Count > 0)
        {
            await foreach (var entry in store.Ledger.ReadAsync(wanted.Keys.Min() - 1, cancellationToken).TakeWhile(entry => entry.Sequence <= wanted.Keys.Max()))
            {
                if (wanted.TryGetValue(entry.Sequence, out var said) && entry.Event.Id == said.Id && EventChecksum.Of(entry.Event) == said.Checksum)
                {
                    events[entry.Sequence] = entry;
                }
            }
        }

        var gone = wanted.Keys.Where(sequence => !events.ContainsKey(sequence)).Order().ToList();
        return gone.Count == 0 ? events
            : throw new InvalidDataException($"Of the {wanted.Count} events that version '{manifest.Version}' was trained on {gone.Count} are gone or changed, as what was erased is: event {string.Join(", ", gone.Take(5))}{(gone.Count > 5 ? " …" : "")} of the ledger.");
    }

    /// <summary>Adds the prompts that no event has, of turns, and finds the replies that were labelled, by their checksums. A manifest names no conversation, so
    /// that all are looked through.</summary>
    private async Task<Dictionary<string, ServedReply>> TurnsAsync(TrainingManifest manifest, Dictionary<string, IReadOnlyList<DialogueMessage>> prompts, CancellationToken cancellationToken)
    {
        var wanted = manifest.Prompts.Select(prompt => prompt.Checksum).Where(checksum => !prompts.ContainsKey(checksum)).Concat(manifest.Labels.Select(label => label.Checksum)).ToHashSet();
        var all = wanted.Count;
        var found = new Dictionary<string, ServedReply>();
        if (wanted.Count > 0)
        {
            await foreach (var conversation in store.Turns.ConversationsBeforeAsync(DateTimeOffset.MaxValue, cancellationToken).Distinct())
            {
                foreach (var turn in await store.Turns.ReadAsync(conversation, cancellationToken))
                {
                    var messages = turn.Messages.ToDialogue();
                    if (PromptChecksum.Of(messages) is var prompt && wanted.Remove(prompt))
                    {
                        prompts[prompt] = messages;
                    }

                    if (PromptChecksum.Of(messages, turn.Reply) is var labelled && wanted.Remove(labelled))
                    {
                        found[labelled] = new ServedReply(CompletionId.Of(turn.ConversationId, turn.Number), turn.ConversationId, turn.Messages, turn.Reply, turn.FinishReason == "stop");
                    }
                }

                if (wanted.Count == 0)
                {
                    break;
                }
            }
        }

        return wanted.Count == 0 ? found
            : throw new InvalidDataException($"Of the {all} prompts and labelled replies of version '{manifest.Version}' {wanted.Count} are gone: their conversations were deleted.");
    }
}
