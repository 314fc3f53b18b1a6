using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class PpoTests : IDisposable
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
        using var ppo = new Ppo(_toy.Task(reward, _toy.Changed()), Options with { Epochs = 1, Minibatches = 1 });

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
    public void Without_a_reward_the_penalty_leads_a_policy_that_has_left_the_reference_back_to_it()
    {
        var kl = KlOfIterations(klCoefficient: 0.5);

        Assert.True(kl[^1] < 0.6 * kl[0], string.Join(", ", kl));
    }

    [Fact]
    public void Without_a_reward_and_without_the_penalty_nothing_leads_it_back()
    {
        var kl = KlOfIterations(klCoefficient: 0);

        Assert.Equal(kl[0], kl[^1], 0.2 * kl[0]);
    }

    private double[] KlOfIterations(double klCoefficient)
    {
        const int iterations = 8;
        using var reward = _toy.Indifferent();
        using var ppo = new Ppo(_toy.Task(reward, _toy.Changed()), Options with
        {
            Iterations = iterations, Rollouts = 96, Epochs = 4, ApproxKlTarget = 0.1, MissingEndPenalty = 0, KlCoefficient = klCoefficient, KlTarget = null,
        });
        return [.. Enumerable.Range(0, iterations).Select(_ => ppo.Iterate(CancellationToken.None)["objective/kl_k3"])];
    }

    [Fact]
    public void The_coefficient_goes_on_from_the_parents_and_moves_noticeably_in_one_iteration()
    {
        using var reward = _toy.Indifferent();
        using var ppo = new Ppo(_toy.Task(reward) with { KlCoefficient = 0.07 }, Options with { Rollouts = 128, MissingEndPenalty = 0 });

        var metrics = ppo.Iterate(CancellationToken.None);

        // The policy is the reference: the error is clipped to -0.2, and 128 replies are half of the horizon.
        Assert.Equal(0.07, metrics["objective/kl_coef"], 1e-12);
        Assert.Equal(0.07 * 0.9, metrics[PolicyTask.NextKlCoefficient], 1e-12);
    }

    [Fact]
    public void A_fixed_coefficient_is_the_options()
    {
        using var reward = _toy.Indifferent();
        using var ppo = new Ppo(_toy.Task(reward) with { KlCoefficient = 0.07 }, Options with { KlTarget = null, KlCoefficient = 0.3 });

        var metrics = ppo.Iterate(CancellationToken.None);

        Assert.Equal((0.3, 0.3), (metrics["objective/kl_coef"], metrics[PolicyTask.NextKlCoefficient]));
    }

    [Fact]
    public void Scores_that_are_not_finite_are_counted_apart_from_steps_and_over_a_checkpoint()
    {
        using var reward = _toy.SometimesNaN();
        using var first = new Ppo(_toy.Task(reward), Options with { Rollouts = 48 });

        var metrics = first.Iterate(CancellationToken.None);

        Assert.InRange(metrics["val/dropped_replies"], 1, 47);
        Assert.Equal(0, metrics["val/dropped_steps"]);
        using var second = new Ppo(_toy.Task(reward), Options with { Rollouts = 48 });
        second.Restore(first.Capture());
        Assert.InRange(second.Iterate(CancellationToken.None)["val/dropped_replies"], metrics["val/dropped_replies"] + 1, 94);
    }

    [Fact]
    public void A_restored_trainer_keeps_its_adaptive_coefficient()
    {
        using var reward = _toy.ManyWords();
        using var first = new Ppo(_toy.Task(reward), Options with { KlTarget = 0.01, KlHorizon = 10 });
        first.Iterate(CancellationToken.None);
        using var second = new Ppo(_toy.Task(reward), Options with { KlTarget = 0.01, KlHorizon = 10 });

        second.Restore(first.Capture());

        Assert.NotEqual(Options.KlCoefficient, first.Capture().Numbers["kl_coefficient"]);
        Assert.Equal(first.Iterate(CancellationToken.None)["objective/kl_coef"], second.Iterate(CancellationToken.None)["objective/kl_coef"]);
    }

    [Fact]
    public void A_reward_that_is_no_number_stops_the_run_and_spoils_nothing()
    {
        using var reward = _toy.Indifferent(float.NaN);
        using var ppo = new Ppo(_toy.Task(reward), Options);
        var before = ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray();

        Assert.Throws<NonFiniteTrainingException>(() => ppo.Iterate(CancellationToken.None));

        Assert.Equal(before, ppo.Policy.Modules.Values.SelectMany(pair => pair.B.Values).ToArray());
    }

    public void Dispose() => _toy.Dispose();
}
