using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Ppo;
using Rlhf.Learning.Reward;
using Rlhf.Learning.Tests.Runs;

namespace Rlhf.Learning.Tests.Ppo;

public sealed class PpoTrainerTests : IDisposable
{
    private readonly BaseModel _model = ToyChat.Model();
    private readonly CausalLm _trunk;
    private readonly DecodeEngine _engine;
    private readonly RolloutSampler _sampler;
    private readonly PpoPrompt[] _prompts;

    public PpoTrainerTests()
    {
        _trunk = CausalLm.From(_model);
        _engine = new DecodeEngine(_model, new DecodeOptions { Threads = 1, MaxQueue = 1024 });
        _sampler = new RolloutSampler(_model, _engine, temperature: 0.8, maxReplyTokens: 10);
        _prompts = [.. ToyChat.Prompts.Select(context => new PpoPrompt(context, _model.Template.RenderToFit(context, 64)))];
    }

    private static PpoOptions Options => ToyChat.Options.Ppo with { Temperature = 0.8 };

    [Fact]
    public void The_engines_log_probs_are_the_trainers_within_a_thousandth()
    {
        var adapter = TinyAdapter();
        using var lora = new LoraParameters(_model.Config, adapter);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var noGradient = TorchSharp.torch.no_grad();

        var rollouts = _sampler.Sample(adapter, _prompts, seed: 3, CancellationToken.None);

        var batch = RolloutBatch.Of(rollouts);
        var recomputed = _trunk.TokenLogProbs(_trunk.Hidden(batch.Ids, lora), batch.Positions, batch.Targets, 0.8).ToArray();
        Assert.All(recomputed.Zip(rollouts.SelectMany(r => r.EngineLogProbs)), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void The_first_ratio_is_1()
    {
        using var reward = Reward(_ => 0);
        using var ppo = Trainer(reward, Options);

        for (var i = 0; i < 2; i++)
        {
            var metrics = ppo.Iterate(CancellationToken.None);

            Assert.Equal(1, metrics["val/ratio_first"], 1e-4);
            Assert.InRange(metrics["val/engine_difference"], 0, 1e-3);
        }
    }

    [Fact]
    public void What_is_rewarded_becomes_likelier()
    {
        using var reward = ManyWords();
        using var ppo = Trainer(reward, Options with { Iterations = 12, Rollouts = 64, Epochs = 4, KlCoefficient = 0.01, LearningRate = 1e-2, ApproxKlTarget = 0.1, MissingEndPenalty = 0 });

        var scores = Enumerable.Range(0, 12).Select(_ => ppo.Iterate(CancellationToken.None)["objective/scores"]).ToArray();

        Assert.True(scores[^3..].Average() > scores[..2].Average() + 0.3, string.Join(' ', scores));
    }

    [Fact]
    public void Without_a_reward_the_penalty_holds_the_policy_at_the_reference()
    {
        using var reward = Reward(_ => 0);
        using var ppo = Trainer(reward, Options with { MissingEndPenalty = 0 });

        for (var i = 0; i < 3; i++)
            Assert.InRange(ppo.Iterate(CancellationToken.None)["objective/kl"], 0, 0.5);
    }

    [Fact]
    public void A_restored_trainer_goes_on_with_the_same_numbers()
    {
        using var reward = ManyWords();
        using var first = Trainer(reward, Options);
        first.Iterate(CancellationToken.None);
        var snapshot = first.Capture();
        var expected = first.Iterate(CancellationToken.None);

        using var second = Trainer(reward, Options);
        second.Restore(snapshot);

        Assert.Equal(expected.OrderBy(m => m.Key), second.Iterate(CancellationToken.None).OrderBy(m => m.Key));
    }

    [Fact]
    public void A_reward_that_is_no_number_stops_the_run_and_spoils_nothing()
    {
        using var reward = Reward(_ => float.NaN);
        using var ppo = Trainer(reward, Options);
        var before = ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray();

        Assert.Throws<NonFiniteTrainingException>(() => ppo.Iterate(CancellationToken.None));

        Assert.Equal(before, ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray());
    }

    public void Dispose()
    {
        _engine.Dispose();
        _trunk.Dispose();
    }

    private PpoTrainer Trainer(RewardModel reward, PpoOptions options) => new(_trunk, reward, _sampler, Fresh(), _prompts, options, seed: 1);

    private LoraAdapter Fresh()
    {
        using var lora = new LoraParameters(_model.Config, new LoraOptions { Rank = 4, Alpha = 8 }, seed: 1);
        return lora.ToAdapter();
    }

    private LoraAdapter TinyAdapter()
    {
        var random = new Random(1);
        return new LoraAdapter(4, 8, Fresh().Modules.ToDictionary(module => module.Key, module => module.Value with
        {
            B = new WeightTensor([.. module.Value.B.Values.Select(_ => 0.2f * (random.NextSingle() - 0.5f))], module.Value.B.Shape),
        }));
    }

    // A point for each word more.
    private RewardModel ManyWords() => Reward(_ => 0, knot => knot - 4);

    // Two heads that read words and the length only.
    private RewardModel Reward(Func<int, float> word, Func<int, float>? length = null)
    {
        var options = ToyChat.Options.Reward;
        var states = 3 * _model.Config.HiddenSize;
        float[] dense = [.. new float[states], .. RewardEncoder.LengthKnots.Select(knot => length?.Invoke(knot) ?? 0)];
        var head = new LinearModel(dense, [.. Enumerable.Range(0, options.NGramBuckets).Select(word)], 0);
        var lora = Fresh();
        var top = new LoraAdapter(lora.Rank, lora.Alpha, lora.Modules.Where(module => module.Key.StartsWith("model.layers.1.", StringComparison.Ordinal)).ToDictionary());
        return new RewardModel(_model, _trunk, options, top, new RewardHeads(new float[dense.Length], [.. Enumerable.Repeat(1f, dense.Length)], [head, head], [0, 0], [1, 1]));
    }
}
