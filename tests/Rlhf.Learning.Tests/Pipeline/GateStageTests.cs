using System.Text.RegularExpressions;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Model;

namespace Rlhf.Learning.Tests.Pipeline;

public sealed class GateStageTests : IDisposable
{
    private static readonly GateOptions Options = new() { Replies = 100, RepliesALook = 40, LengthFactor = 1000, EndRateDrop = 1, DistinctShare = 0 };

    private readonly BaseModel _model = ToyChat.Model();
    private readonly CausalLm _trunk;
    private readonly DecodeEngine _engine;

    public GateStageTests()
    {
        _trunk = CausalLm.From(_model, threads: 2);
        _engine = new DecodeEngine(_model, new DecodeOptions { MaxQueue = 100 });
    }

    [Theory]
    [InlineData(12, 1, true)]
    [InlineData(1, 12, false)]
    public void A_clear_step_up_or_down_is_decided_after_the_first_look(int candidateTokens, int liveTokens, bool accepted)
    {
        var (verdict, looks) = Judge(candidateTokens, liveTokens, new GateFiles([], []));

        Assert.True(accepted == (verdict.Decision == GateDecision.Accepted), verdict.Reason);
        Assert.Equal([1], looks);
        Assert.Equal(40, verdict.Metrics["gate/replies"]);
    }

    [Fact]
    public void A_candidate_whose_likeliest_reply_fails_a_check_that_the_live_versions_passes_is_rejected()
    {
        var (talkative, never) = (new Regex("^[\\s\\S]{6,}$"), new Regex("^"));
        var prompts = ToyChat.Prompts.Select((context, i) => new RegressionPrompt($"prompt {i}", context, [], [i < 4 ? talkative : never])).ToArray();

        var (verdict, _) = Judge(candidateTokens: 12, liveTokens: 1, new GateFiles([], prompts));

        Assert.Equal(GateDecision.Rejected, verdict.Decision);
        Assert.StartsWith($"worse at {verdict.Metrics["gate/regressions"]} of the operator's {prompts.Length} prompts (prompt ", verdict.Reason);
        Assert.InRange(verdict.Metrics["gate/regressions"], 2, 4);
    }

    [Fact]
    public void A_candidate_that_no_longer_foretells_people_is_rejected()
    {
        var dialogues = ToyChat.Prompts.Take(4).Select(context => new Dialogue("dev/1", [.. context, ("assistant", "sure, with oat milk")]));

        var (verdict, _) = Judge(candidateTokens: 12, liveTokens: 1, new GateFiles([.. dialogues], []), Loud());

        Assert.Equal(GateDecision.Rejected, verdict.Decision);
        Assert.Contains("perplexity of people's dialogues", verdict.Reason);
        Assert.True(verdict.Metrics["gate/perplexity"] > 1.1 * verdict.Metrics["gate/perplexity_live"]);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _trunk.Dispose();
    }

    // A judge who likes long replies, and two sides that may say more or less.
    private (GateVerdict Verdict, List<int> Looks) Judge(int candidateTokens, int liveTokens, GateFiles files, LoraAdapter? candidate = null)
    {
        using var reward = Judge();
        RolloutPrompt[] prompts = [.. ToyChat.Prompts.Select(context => new RolloutPrompt(context, _model.Template.Render(context, openAssistant: true)))];
        var looks = new List<int>();
        using var fresh = new LoraParameters(_model.Config, new LoraOptions { Rank = 2 }, seed: 1);
        var gate = new GateStage(_model, _trunk, new TwoLengths(Sampler(candidateTokens), Sampler(liveTokens)), Options, ToyChat.Options.Ppo, files);
        return (gate.Judge(reward, independent: true, prompts, candidate ?? fresh.ToAdapter(), live: null, seed: 1, looks.Add, CancellationToken.None), looks);

        EngineSampler Sampler(int tokens) => new(_model, _engine, temperature: 1, tokens);
    }

    // An adapter that drowns the trunk.
    private LoraAdapter Loud() => new(rank: 3, alpha: 300, TinyModels.Adapter(_model.Config, Projections.Of(_model.Config)).Modules);

    private RewardEnsemble Judge()
    {
        var options = new RewardOptions { NGramBuckets = 512, LoraEpochs = 0 };
        var encoder = new RewardEncoder(_model, options);
        var trainer = new RewardTrainer(_model, _trunk, options);
        using var corpus = trainer.Read(
            [
                .. Enumerable.Range(0, 60).Select(i => new ThumbExample(
                    encoder.Encode(ToyChat.Prompts[i % ToyChat.Prompts.Count], i % 2 == 0 ? "a b c d e f g h" : "a"), i % 2 == 0, 1, $"group {i}")),
            ],
            CancellationToken.None);
        return trainer.Train(corpus, [.. Enumerable.Range(0, 60)], seed: 1, (_, _, _) => { }, CancellationToken.None);
    }

    private sealed class TwoLengths(IRolloutSampler candidate, IRolloutSampler live) : IRolloutSampler
    {
        public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken) =>
            (policy is null ? live : candidate).Sample(policy, prompts, seed, cancellationToken);

        public IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken) =>
            (policy is null ? live : candidate).Likeliest(policy, prompts, cancellationToken);
    }
}
