using System.Collections.Immutable;
using System.Text;
using Rlhf.Grains.Feedback;
using Rlhf.Inference;
using Rlhf.Learner.Manifests;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learner.Tests.Manifests;

public sealed class ManifestTests
{
    private static readonly TrainingManifest Manifest = new()
    {
        Version = "v7",
        JobId = "job-7",
        StartedAt = DateTimeOffset.UnixEpoch,
        Parent = "v6",
        ParentAdapter = "aa",
        Model = "bb",
        Seed = ulong.MaxValue,
        Cursor = 12,
        DemonstratedTo = 3,
        Feedback = [new ManifestEvent("e1", 4, "cc", 0.1, [JudgementUse.Train, JudgementUse.HeldOut])],
        Prompts = [new ManifestPrompt("dd", 4, HeldOut: true), new ManifestPrompt("ee", null, HeldOut: false)],
        Labels = [new ManifestLabel("ff", -0.25)],
        Learner = new LearnerOptions { Algorithm = PolicyAlgorithm.Grpo, Ppo = new() { Iterations = 3 }, Rules = new() { File = "rules.jsonl" }, Scorer = new() { Url = new Uri("http://scorer"), Key = "secret" } },
        FeedbackWeights = ManifestWeights.Of(new FeedbackOptions { ReportWeight = 3, Signals = { Copied = 0.5 }, Labels = { ["tone"] = new LabelQuestion { Weight = 2, Answers = { ["kind"] = 1, ["rude"] = 0 } } } }),
        Files = ImmutableSortedDictionary<string, string>.Empty.Add("Learner:Rules:File", "00"),
        Environment = TrainingEnvironment.Here(new LearnerOptions { Threads = 2 }),
        Decision = GateDecision.Accepted,
        Adapter = "11",
        RewardModel = "22",
    };

    [Fact]
    public void A_manifest_comes_back_as_it_was_written_without_keys()
    {
        var bytes = Manifest.ToBytes();

        var read = TrainingManifest.FromBytes(bytes);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(read.ToBytes()));
        Assert.Equal((PolicyAlgorithm.Grpo, 3, 0.1, ulong.MaxValue), (read.Learner.Algorithm, read.Learner.Ppo.Iterations, read.Feedback[0].Trust, read.Seed));
        Assert.Equal(1, read.FeedbackWeights.ToOptions().Labels["tone"].Answers["kind"]);
        Assert.Equal("Train HeldOut", string.Join(' ', read.Feedback[0].Uses));
        Assert.DoesNotContain("secret", Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void What_is_no_manifest_or_of_a_later_form_is_refused()
    {
        Assert.Contains("no manifest", Assert.Throws<InvalidDataException>(() => TrainingManifest.FromBytes("{}"u8)).Message);
        Assert.Contains("form 2", Assert.Throws<InvalidDataException>(() => TrainingManifest.FromBytes((Manifest with { Format = 2 }).ToBytes())).Message);
    }

    [Fact]
    public void An_environment_tells_in_what_it_differs()
    {
        var here = Manifest.Environment;
        var there = here with { Vectors = 64, Packages = here.Packages.SetItem("TorchSharp", "0.1") };

        Assert.Empty(here.DifferencesFrom(here));
        Assert.Equal(["vectors 64 then", "TorchSharp 0.1 then"], here.DifferencesFrom(there).Select(difference => difference.Split(',')[0]));
    }

    [Fact]
    public void Adapters_tell_in_what_they_differ()
    {
        var then = Adapter(1, 2).ToBytes();

        Assert.Equal(["1 of 2 matrices of the adapter, by at most 0.5"], AdapterDifferences.Of(then, Adapter(1, 2.5f).ToBytes()));
    }

    [Fact]
    public void A_prompt_has_another_checksum_where_anything_of_it_differs()
    {
        DialogueMessage[] prompt = [("user", "a"), ("assistant", "b")];

        Assert.Equal(PromptChecksum.Of(prompt), PromptChecksum.Of([("user", "a"), ("assistant", "b")]));
        string[] others =
        [
            PromptChecksum.Of(prompt), PromptChecksum.Of([("user", "ab"), ("assistant", "")]), PromptChecksum.Of([("user", "a"), ("user", "b")]), PromptChecksum.Of(prompt, ""), PromptChecksum.Of(prompt, "c"),
            PromptChecksum.Of([("user", "a"), new DialogueMessage("assistant", "b", "[]")]),
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    private static LoraAdapter Adapter(float a, float b) => new(1, 1, new Dictionary<string, LoraPair>
    {
        ["model.layers.0.self_attn.q_proj"] = new(new WeightTensor([a, a], 1, 2), new WeightTensor([b, b], 2, 1)),
    });
}
