using System.Collections.Immutable;
using System.Security.Cryptography;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Manifests;

/// <summary>Writes a training down.</summary>
internal static class ManifestWriter
{
    /// <summary>The manifest of a training that has ended.</summary>
    /// <param name="job">The job.</param>
    /// <param name="inputs">What was collected for it.</param>
    /// <param name="request">What it was asked.</param>
    /// <param name="result">What it made.</param>
    /// <param name="parent">The checksum of the adapter that the policy went on from.</param>
    /// <param name="labelled">What an AI judge said of served replies.</param>
    /// <param name="adapter">The adapter as it is kept.</param>
    /// <param name="reward">The reward model as it is kept.</param>
    /// <param name="model">The base model.</param>
    /// <param name="options">The learner's options.</param>
    /// <param name="feedback">What kinds of feedback counted.</param>
    public static TrainingManifest Of(
        TrainingJob job, TrainingInputs inputs, TrainingRequest request, TrainingResult result, string? parent, ImmutableArray<ManifestLabel> labelled, byte[] adapter, byte[] reward, BaseModel model, LearnerOptions options, FeedbackOptions feedback) => new()
    {
        Version = job.Version,
        JobId = job.Id,
        StartedAt = job.StartedAt,
        Parent = job.Parent,
        ParentAdapter = parent,
        Model = model.Fingerprint,
        Seed = request.Seed,
        Cursor = job.Cursor,
        DemonstratedTo = inputs.DemonstratedTo,
        KlCoefficient = inputs.KlCoefficient,
        Feedback = [.. Events(inputs, result.Split)],
        Prompts = [.. request.Prompts.Select((prompt, index) => new ManifestPrompt(PromptChecksum.Of(prompt), inputs.PromptEvents[index], result.Split.HeldOut[index]))],
        Labels = labelled,
        Learner = options,
        FeedbackWeights = ManifestWeights.Of(feedback),
        Files = FilesOf(options),
        Environment = TrainingEnvironment.Here(options),
        Decision = result.Decision,
        Adapter = Checksum(adapter),
        RewardModel = Checksum(reward),
    };

    /// <summary>The SHA-256 of bytes, in lower-case hexadecimal.</summary>
    public static string Checksum(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The checksums of the files that have a part in an adapter.</summary>
    public static ImmutableSortedDictionary<string, string> FilesOf(LearnerOptions options) => options.Rules.File is { } rules
        ? ImmutableSortedDictionary<string, string>.Empty.Add("Learner:Rules:File", Checksum(File.ReadAllBytes(rules)))
        : ImmutableSortedDictionary<string, string>.Empty;

    private static IEnumerable<ManifestEvent> Events(TrainingInputs inputs, TrainingSplit split)
    {
        var next = 0;
        foreach (var said in inputs.Events)
        {
            yield return new ManifestEvent(said.Id, said.Sequence, said.Checksum, said.Trust, [.. split.Feedback.Skip(next).Take(said.Judgements)]);
            next += said.Judgements;
        }
    }
}
