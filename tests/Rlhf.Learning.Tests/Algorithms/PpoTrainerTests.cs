using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class PpoTrainerTests : IDisposable
{
    private readonly ToyPolicy _toy = new();

    private static PpoOptions Options => ToyChat.Options.Ppo with { Temperature = ToyPolicy.Temperature };

    [Fact]
    public void The_engines_log_probs_are_the_trainers_within_a_thousandth()
    {
        var adapter = _toy.Changed();
        using var lora = new LoraParameters(_toy.Model.Config, adapter);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var noGradient = TorchSharp.torch.no_grad();

        var rollouts = _toy.Sampler.Sample(adapter, _toy.Prompts, seed: 3, CancellationToken.None);

        var batch = RolloutBatch.Of(rollouts, _toy.Trunk.Device);
        var recomputed = _toy.Trunk.TokenLogProbs(_toy.Trunk.Hidden(batch.Ids, lora), batch.Positions, batch.Targets, ToyPolicy.Temperature).ToArray();
        Assert.All(recomputed.Zip(rollouts.SelectMany(r => r.EngineLogProbs)), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void The_first_ratio_is_1()
    {
        using var reward = _toy.Indifferent();
        using var ppo = new PpoTrainer(_toy.Task(reward, _toy.Changed()), Options with { Epochs = 1, Minibatches = 1 });

        for (var i = 0; i < 2; i++)
        {
            var metrics = ppo.Iterate(CancellationToken.None);

            Assert.Equal(1, metrics["val/steps"]);
            Assert.Equal(1, metrics["val/ratio"], 1e-5);
            Assert.Equal(0, metrics["policy/approxkl_avg"], 1e-8);
            Assert.InRange(metrics["val/engine_difference"], 0, 1e-3);
        }
    }

    [Fact]
    public void Without_a_reward_the_penalty_holds_the_policy_at_the_reference()
    {
        using var reward = _toy.Indifferent();
        using var ppo = new PpoTrainer(_toy.Task(reward), Options with { MissingEndPenalty = 0 });

        for (var i = 0; i < 3; i++)
            Assert.InRange(ppo.Iterate(CancellationToken.None)["objective/kl"], 0, 0.5);
    }

    [Fact]
    public void A_restored_trainer_keeps_its_adaptive_coefficient()
    {
        using var reward = _toy.ManyWords();
        using var first = new PpoTrainer(_toy.Task(reward), Options with { KlTarget = 0.01, KlHorizon = 10 });
        first.Iterate(CancellationToken.None);
        using var second = new PpoTrainer(_toy.Task(reward), Options with { KlTarget = 0.01, KlHorizon = 10 });

        second.Restore(first.Capture());

        Assert.NotEqual(Options.KlCoefficient, first.Capture().Numbers["kl_coefficient"]);
        Assert.Equal(first.Iterate(CancellationToken.None)["objective/kl_coef"], second.Iterate(CancellationToken.None)["objective/kl_coef"]);
    }

    [Fact]
    public void A_reward_that_is_no_number_stops_the_run_and_spoils_nothing()
    {
        using var reward = _toy.Indifferent(float.NaN);
        using var ppo = new PpoTrainer(_toy.Task(reward), Options);
        var before = ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray();

        Assert.Throws<NonFiniteTrainingException>(() => ppo.Iterate(CancellationToken.None));

        Assert.Equal(before, ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray());
    }

    public void Dispose() => _toy.Dispose();
}
