using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Reward;
using Rlhf.Learning.Rollouts;
using Rlhf.Learning.Runs;

namespace Rlhf.Learning.Tests.Runs;

public sealed class CandidateTrialTests : IDisposable
{
    private static readonly GateOptions Options = new() { Replies = 100, RepliesALook = 40, LengthFactor = 1000, EndRateDrop = 1, DistinctShare = 0 };

    private readonly BaseModel _model = ToyChat.Model();
    private readonly CausalLm _trunk;
    private readonly DecodeEngine _engine;

    public CandidateTrialTests()
    {
        _trunk = CausalLm.From(_model, threads: 2);
        _engine = new DecodeEngine(_model, new DecodeOptions { MaxQueue = 100 });
    }

    [Theory]
    [InlineData(12, 1, true)]
    [InlineData(1, 12, false)]
    public void A_clear_step_up_or_down_is_decided_after_the_first_look(int candidateTokens, int liveTokens, bool accepted)
    {
        var (verdict, looks) = Run(candidateTokens, liveTokens);

        Assert.True(accepted == verdict.Accepted, verdict.Reason);
        Assert.Equal([1], looks);
        Assert.Equal(40, verdict.Metrics["gate/prompts"]);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _trunk.Dispose();
    }

    // A judge who likes long replies, and two sides that may say more or less.
    private (GateVerdict Verdict, List<int> Looks) Run(int candidateTokens, int liveTokens)
    {
        using var reward = Judge();
        RolloutPrompt[] prompts = [.. ToyChat.Prompts.Select(context => new RolloutPrompt(context, _model.Template.Render(context, openAssistant: true)))];
        var looks = new List<int>();
        using var fresh = new LoraParameters(_model.Config, new LoraOptions { Rank = 2 }, seed: 1);
        var trial = new CandidateTrial(_trunk, reward, new TwoLengths(Sampler(candidateTokens), Sampler(liveTokens)), prompts, Options, temperature: 1);
        return (trial.Run(fresh.ToAdapter(), live: null, seed: 1, looks.Add, CancellationToken.None), looks);

        EngineSampler Sampler(int tokens) => new(_model, _engine, temperature: 1, tokens);
    }

    private RewardModel Judge()
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
    }
}
