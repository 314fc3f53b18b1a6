using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Manifests;

/// <summary>What a training was made from and what it made, so that it can be repeated: which events and prompts by their checksums, how each was used and weighed,
/// how it was configured, and what computed it. It holds nobody's words: those stay in the ledger and the turns, and where they are erased it can't be repeated.</summary>
public sealed record TrainingManifest
{
    /// <summary>How manifests are written.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The version of this form.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The version that was trained.</summary>
    public required string Version { get; init; }

    /// <summary>The job that trained it.</summary>
    public required string JobId { get; init; }

    /// <summary>When the job began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The version that the policy went on from.</summary>
    public required string Parent { get; init; }

    /// <summary>The SHA-256 of the parent's adapter; null for the base, which has none.</summary>
    public string? ParentAdapter { get; init; }

    /// <summary>The base model's fingerprint.</summary>
    public required string Model { get; init; }

    /// <summary>Seed of everything random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The last ledger sequence that counted.</summary>
    public required long Cursor { get; init; }

    /// <summary>The ledger's last sequence whose demonstrations an ancestor was tuned on.</summary>
    public required long DemonstratedTo { get; init; }

    /// <summary>The KL coefficient that the parent's training ended with, from which this one went on; null where there was none.</summary>
    public double? KlCoefficient { get; init; }

    /// <summary>The events that were learned from or judged by, in the order in which training took them.</summary>
    public required ImmutableArray<ManifestEvent> Feedback { get; init; }

    /// <summary>The prompts, in the order in which training took them.</summary>
    public required ImmutableArray<ManifestPrompt> Prompts { get; init; }

    /// <summary>What an AI judge said of served replies, in the order in which training took it.</summary>
    public required ImmutableArray<ManifestLabel> Labels { get; init; }

    /// <summary>The learner's options, without keys.</summary>
    public required LearnerOptions Learner { get; init; }

    /// <summary>What each kind of feedback counted.</summary>
    public required ManifestWeights FeedbackWeights { get; init; }

    /// <summary>The SHA-256 of each file that the options name and that has a part in the adapter.</summary>
    public required ImmutableSortedDictionary<string, string> Files { get; init; }

    /// <summary>What computed it.</summary>
    public required TrainingEnvironment Environment { get; init; }

    /// <summary>What the gate decided.</summary>
    public required GateDecision Decision { get; init; }

    /// <summary>The SHA-256 of the adapter.</summary>
    public required string Adapter { get; init; }

    /// <summary>The SHA-256 of the reward model.</summary>
    public required string RewardModel { get; init; }

    /// <summary>The manifest as it is kept.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is none, or of a later form.</exception>
    public static TrainingManifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<TrainingManifest>(bytes, Json)!;
            return manifest.Format == 1 ? manifest : throw new InvalidDataException($"The manifest has the form {manifest.Format}, this program reads form 1.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"This is no manifest of a training: {error.Message}", error);
        }
    }
}

/// <summary>An event that a training took.</summary>
/// <param name="Id">The event.</param>
/// <param name="Sequence">Its place in the ledger.</param>
/// <param name="Checksum">The SHA-256 of what it says (<see cref="Rlhf.Storage.EventChecksum"/>).</param>
/// <param name="Trust">How far its rater was trusted: 1 an ordinary one, 0 not at all.</param>
/// <param name="Uses">What each of its judgements was used for, in order.</param>
public sealed record ManifestEvent(string Id, long Sequence, string Checksum, double Trust, ImmutableArray<JudgementUse> Uses);

/// <summary>A prompt that a training took.</summary>
/// <param name="Checksum">The SHA-256 of its messages (<see cref="PromptChecksum"/>).</param>
/// <param name="Sequence">The place in the ledger of the event that it is of; null for that of a turn.</param>
/// <param name="HeldOut">Whether the gate judged by it.</param>
public sealed record ManifestPrompt(string Checksum, long? Sequence, bool HeldOut);

/// <summary>A label of an AI judge.</summary>
/// <param name="Checksum">The SHA-256 of the prompt's messages and the reply.</param>
/// <param name="Score">The score, from -1 to 1.</param>
public sealed record ManifestLabel(string Checksum, double Score);

/// <summary>What each kind of feedback counted in a training.</summary>
/// <param name="ReportWeight">How many thumbs down a report.</param>
/// <param name="Signals">How many thumbs each signal.</param>
/// <param name="Labels">The questions by name.</param>
public sealed record ManifestWeights(double ReportWeight, SignalWeights Signals, ImmutableSortedDictionary<string, ManifestQuestion> Labels)
{
    /// <summary>What of the options has a part in a training: who may rate what has none, and names people.</summary>
    public static ManifestWeights Of(FeedbackOptions options) => new(
        options.ReportWeight, options.Signals, options.Labels.ToImmutableSortedDictionary(label => label.Key, label => new ManifestQuestion(label.Value.Weight, label.Value.Answers.ToImmutableSortedDictionary())));

    /// <summary>The options, for the same judgements as then.</summary>
    public FeedbackOptions ToOptions()
    {
        var options = new FeedbackOptions { ReportWeight = ReportWeight, Signals = Signals };
        foreach (var (name, question) in Labels)
        {
            var label = options.Labels[name] = new LabelQuestion { Weight = question.Weight };
            foreach (var (answer, score) in question.Answers)
            {
                label.Answers[answer] = score;
            }
        }

        return options;
    }
}

/// <summary>A question that raters answered.</summary>
/// <param name="Weight">What it counted beside the other questions.</param>
/// <param name="Answers">The answers' scores.</param>
public sealed record ManifestQuestion(double Weight, ImmutableSortedDictionary<string, double> Answers);
