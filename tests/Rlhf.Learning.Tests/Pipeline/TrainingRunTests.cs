using System.Text.Json.Nodes;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learning.Tests.Pipeline;

public sealed class TrainingRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-run-").FullName;

    public static TheoryData<PolicyAlgorithm> Algorithms => [.. Enum.GetValues<PolicyAlgorithm>()];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Killed_anywhere_and_executed_again_it_gives_the_numbers_of_a_run_left_alone(PolicyAlgorithm algorithm)
        => KilledAnywhere(ToyChat.Options with { Algorithm = algorithm }, ToyChat.Request(Folder("whole")));

    [Theory]
    [InlineData(PolicyAlgorithm.Ppo)]
    [InlineData(PolicyAlgorithm.Dpo)]
    public void The_same_holds_where_demonstrations_come_first(PolicyAlgorithm algorithm)
    {
        var request = ToyChat.Request(Folder("whole"));
        KilledAnywhere(ToyChat.Options with { Algorithm = algorithm, Sft = new SftOptions { LeastNew = 4, Epochs = 2 } }, request with { Feedback = [.. request.Feedback, .. ToyChat.Corrections(12)] });
    }

    private void KilledAnywhere(LearnerOptions options, TrainingRequest undisturbed)
    {
        var model = ToyChat.Model();
        var whole = new Recorder();
        var expected = new TrainingRun(model, options).Execute(undisturbed, whole, CancellationToken.None);

        for (var kill = 0; kill < whole.Seen.Count; kill++)
        {
            var request = undisturbed with { CheckpointFolder = Folder($"killed {kill}") };
            Assert.Throws<KilledException>(() => new TrainingRun(model, options).Execute(request, new Recorder(killAt: kill), CancellationToken.None));

            var resumed = new Recorder();
            var actual = new TrainingRun(model, options).Execute(request, resumed, CancellationToken.None);

            Same(expected, actual);
            Assert.Equal(File.ReadAllLines(Path.Combine(Folder("whole"), MetricsLog.FileName)), File.ReadAllLines(Path.Combine(request.CheckpointFolder, MetricsLog.FileName)));
            if (whole.Seen[kill].Stage != TrainingStage.Reward)
                Assert.DoesNotContain(resumed.Seen, report => report.Stage == TrainingStage.Reward);
        }
    }

    [Fact]
    public void Cancelled_it_stops_and_goes_on_later()
    {
        var model = ToyChat.Model();
        var expected = new TrainingRun(model, ToyChat.Options).Execute(ToyChat.Request(Folder("whole")), new Recorder(), CancellationToken.None);
        var request = ToyChat.Request(Folder("cancelled"));
        using var cancellation = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => new TrainingRun(model, ToyChat.Options).Execute(
            request, new Recorder(onReport: report => { if (report is { Stage: "ppo", Step: 2 }) cancellation.Cancel(); }), cancellation.Token));

        Same(expected, new TrainingRun(model, ToyChat.Options).Execute(request, new Recorder(), CancellationToken.None));
    }

    [Fact]
    public void The_checkpoint_of_another_job_is_not_resumed()
    {
        var model = ToyChat.Model();
        var folder = Folder("shared");
        new TrainingRun(model, ToyChat.Options).Execute(ToyChat.Request(folder), new Recorder(), CancellationToken.None);

        var second = new Recorder();
        new TrainingRun(model, ToyChat.Options).Execute(ToyChat.Request(folder) with { JobId = "job-2" }, second, CancellationToken.None);

        Assert.Contains(second.Seen, report => report.Stage == TrainingStage.Reward);
    }

    [Fact]
    public void A_second_round_goes_on_from_the_live_policy_and_keeps_its_shape()
    {
        var model = ToyChat.Model();
        var first = new TrainingRun(model, ToyChat.Options).Execute(ToyChat.Request(Folder("first")), new Recorder(), CancellationToken.None);
        var other = ToyChat.Options with { Policy = new() { Rank = 7 } };

        var second = new TrainingRun(model, other).Execute(
            ToyChat.Request(Folder("second")) with { JobId = "job-2", LivePolicy = first.Policy }, new Recorder(), CancellationToken.None);

        Assert.Equal(first.Policy.Rank, second.Policy.Rank);
        Assert.NotEqual(Values(first.Policy), Values(second.Policy));
    }

    [Fact]
    public void A_run_reports_its_stages_in_order_and_every_figure_the_field_knows_by_name()
    {
        var recorder = new Recorder();

        var result = new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(ToyChat.Request(Folder("names")), recorder, CancellationToken.None);

        Assert.Equal([TrainingStage.Reward, "ppo", TrainingStage.Evaluate], recorder.Seen.Select(report => report.Stage).Distinct());
        Assert.All(
            [
                "objective/kl", "objective/entropy", "objective/non_score_reward", "objective/rlhf_reward", "objective/scores", "objective/kl_coef",
                "policy/approxkl_avg", "policy/clipfrac_avg", "policy/entropy_avg", "loss/policy_avg", "loss/value_avg", "val/clipfrac_avg",
                "val/ratio", "val/ratio_var", "val/num_eos_tokens", "val/explained_variance", "lr", "episode", "gate/gain", "gate/kl",
            ],
            name => Assert.True(double.IsFinite(result.Metrics[name]), name));
        Assert.Equal(36, result.Metrics["episode"]);
    }

    [Fact]
    public void A_candidate_that_answers_as_the_live_version_does_is_looked_at_to_the_end_and_rejected()
    {
        var options = ToyChat.Options with
        {
            Ppo = ToyChat.Options.Ppo with { LearningRate = 1e-9, Iterations = 1 },
            Gate = new GateOptions { Replies = 100, RepliesALook = 40 },
        };
        var recorder = new Recorder();

        var result = new TrainingRun(ToyChat.Model(), options).Execute(ToyChat.Request(Folder("draw")), recorder, CancellationToken.None);

        Assert.Equal(GateDecision.Rejected, result.Decision);
        Assert.Equal(0.5, result.Metrics["gate/win_rate"]);
        Assert.Equal(100, result.Metrics["gate/replies"]);
        Assert.Equal([1, 2, 3, 3], recorder.Seen.Where(report => report.Stage == TrainingStage.Evaluate).Select(report => report.Step));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void What_was_said_about_replies_to_held_out_prompts_reaches_no_trainer(PolicyAlgorithm algorithm)
    {
        var model = ToyChat.Model();
        var options = ToyChat.Options with { Algorithm = algorithm };
        var room = new PromptRoom(model, options.PolicyTraining);
        var split = PromptSplit.Of(model, ToyChat.Prompts, options.PolicyTraining, options.Gate.HeldOutPrompts);
        var request = ToyChat.Request(Folder("without"));
        Judgement[] allowed = [.. request.Feedback.Where(thumb => !split.HoldsOut(room.Prompt(thumb.Context)))];
        ThumbedReply[] judging = [.. split.HeldOut.Select(prompt => new ThumbedReply(prompt.Context, "sure, a tea with oat milk", Up: false, 1, "judging"))];
        Assert.NotEmpty(judging);
        Assert.InRange(allowed.Length, 1, request.Feedback.Count);

        var without = new TrainingRun(model, options).Execute(request with { Feedback = allowed }, new Recorder(), CancellationToken.None);
        var with = new TrainingRun(model, options).Execute(
            request with { Feedback = [.. request.Feedback, .. judging], CheckpointFolder = Folder("with") }, new Recorder(), CancellationToken.None);

        Assert.Equal(without.Policy.ToBytes(), with.Policy.ToBytes());
        Assert.Equal(without.Reward.ToBytes(), with.Reward.ToBytes());
    }

    [Fact]
    public void Thumbs_on_held_out_prompts_alone_are_not_enough()
    {
        var model = ToyChat.Model();
        var split = PromptSplit.Of(model, ToyChat.Prompts, ToyChat.Options.PolicyTraining, ToyChat.Options.Gate.HeldOutPrompts);
        ThumbedReply[] judging = [.. split.HeldOut.SelectMany(prompt => (ThumbedReply[])
            [new(prompt.Context, "sure", Up: true, 1, "a"), new(prompt.Context, "no", Up: false, 1, "b")])];

        var error = Assert.Throws<ArgumentException>(() => new TrainingRun(model, ToyChat.Options).Execute(
            ToyChat.Request(Folder("judging")) with { Feedback = judging }, new Recorder(), CancellationToken.None));

        Assert.Contains("that the gate judges by", error.Message);
    }

    [Fact]
    public void What_the_operator_gave_the_gate_is_part_of_its_verdict()
    {
        Directory.CreateDirectory(_folder);
        var (dialogues, prompts) = (Folder("dialogues.jsonl"), Folder("prompts.jsonl"));
        File.WriteAllText(dialogues, """{"id": "dev/1", "messages": [{"role": "user", "content": "can I have a tea"}, {"role": "assistant", "content": "sure, a tea with oat milk"}]}""");
        // Every reply matches.
        File.WriteAllText(prompts, """{"name": "tea", "messages": [{"role": "user", "content": "can I have a tea"}], "must": ["^[\\s\\S]*$"]}""");
        var gate = ToyChat.Options.Gate with { Dialogues = dialogues, RegressionPrompts = prompts };

        var result = new TrainingRun(ToyChat.Model(), ToyChat.Options with { Gate = gate }).Execute(ToyChat.Request(Folder("given")), new Recorder(), CancellationToken.None);

        Assert.InRange(result.Metrics["gate/perplexity"], 1, 1e5);
        Assert.NotEqual(result.Metrics["gate/perplexity_live"], result.Metrics["gate/perplexity"]);
        Assert.Equal((1, 0), (result.Metrics["gate/regression_prompts"], result.Metrics["gate/regressions"]));
    }

    [Fact]
    public void The_checkpoint_of_another_algorithm_is_not_resumed()
    {
        var model = ToyChat.Model();
        var folder = Folder("changed");
        new TrainingRun(model, ToyChat.Options).Execute(ToyChat.Request(folder), new Recorder(), CancellationToken.None);

        var second = new Recorder();
        new TrainingRun(model, ToyChat.Options with { Algorithm = PolicyAlgorithm.Kto }).Execute(ToyChat.Request(folder), second, CancellationToken.None);

        Assert.Equal([TrainingStage.Reward, "kto", TrainingStage.Evaluate], second.Seen.Select(report => report.Stage).Distinct());
    }

    [Fact]
    public void A_checkpoint_from_before_reward_models_were_kept_whole_is_not_resumed()
    {
        var request = ToyChat.Request(Folder("old"));
        new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(request, new Recorder(), CancellationToken.None);
        var file = Path.Combine(request.CheckpointFolder, "run.safetensors");
        var content = SafeTensors.Read(file);
        var state = JsonNode.Parse(content.Metadata["rlhf.run"])!.AsObject();
        Assert.True(state.Remove("Reward"));
        SafeTensors.Write(file, content.Tensors, WeightType.Float32, new Dictionary<string, string> { ["rlhf.run"] = state.ToJsonString() });

        var second = new Recorder();
        new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(request, second, CancellationToken.None);

        Assert.Contains(second.Seen, report => report.Stage == TrainingStage.Reward);
    }

    [Fact]
    public void Thumbs_of_one_kind_are_refused()
    {
        var request = ToyChat.Request(Folder("ups")) with { Feedback = [.. ToyChat.Thumbs(50, 0, 1).Where(thumb => thumb.Up)] };

        var error = Assert.Throws<ArgumentException>(() => new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(request, new Recorder(), CancellationToken.None));

        Assert.Contains("at least one thumb of each kind", error.Message);
    }

    [Fact]
    public void A_single_prompt_is_refused()
    {
        var request = ToyChat.Request(Folder("one")) with { Prompts = [ToyChat.Prompts[0], ToyChat.Prompts[0]] };

        var error = Assert.Throws<ArgumentException>(() => new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(request, new Recorder(), CancellationToken.None));

        Assert.Contains("1 different prompts", error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Folder(string name) => Path.Combine(_folder, name);

    private static void Same(TrainingResult expected, TrainingResult actual)
    {
        Assert.Equal(Values(expected.Policy), Values(actual.Policy));
        Assert.Equal(expected.Reward.ToBytes(), actual.Reward.ToBytes());
        Assert.Equal(expected.Metrics.OrderBy(m => m.Key), actual.Metrics.OrderBy(m => m.Key));
        Assert.Equal((expected.Decision, expected.Reason), (actual.Decision, actual.Reason));
    }

    private static float[] Values(LoraAdapter adapter) =>
        [.. adapter.Modules.OrderBy(module => module.Key, StringComparer.Ordinal).SelectMany(module => module.Value.A.Values.Concat(module.Value.B.Values))];

    private sealed class KilledException : Exception;

    private sealed class Recorder(int killAt = -1, Action<TrainingProgress>? onReport = null) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Seen { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (Seen.Count == killAt)
                throw new KilledException();

            Seen.Add(value);
            onReport?.Invoke(value);
        }
    }
}
