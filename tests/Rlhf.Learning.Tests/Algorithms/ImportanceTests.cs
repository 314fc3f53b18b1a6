using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class ImportanceTests
{
    private static readonly RolloutPrompt Prompt = new([("user", "hi")], [1, 2]);

    [Fact]
    public void The_weight_of_another_versions_reply_is_the_ratio_of_its_probabilities()
    {
        var sample = new Experience(new Rollout(Prompt, [3, 4], [-1f, -2f], "x", true), 0, 0) { FromOtherVersion = true, Policy = [-0.9f, -1.7f] };

        Assert.Equal(Math.Exp(0.4), sample.ImportanceWeight(cap: 10), 1e-6);
        Assert.Equal(1.2, sample.ImportanceWeight(cap: 1.2));
    }

    [Fact]
    public void The_policys_own_reply_weighs_1()
        => Assert.Equal(1, new Experience(new Rollout(Prompt, [3], [-1f], "x", true), 0, 0) { Policy = [-5f] }.ImportanceWeight(cap: 10));

    [Fact]
    public void A_weighted_mean_over_another_versions_replies_is_the_policys_own_mean()
    {
        // Two replies; the other version says the first three times as often as the policy does.
        double[] policy = [0.2, 0.8], other = [0.6, 0.4], rewards = [5, 1];

        var mean = other.Select((chance, i) => chance * rewards[i] * new Experience(new Rollout(Prompt, [i], [(float)Math.Log(chance)], "", true), 0, 0)
        {
            FromOtherVersion = true,
            Policy = [(float)Math.Log(policy[i])],
        }.ImportanceWeight(cap: 100)).Sum();

        Assert.Equal(policy.Zip(rewards, (chance, reward) => chance * reward).Sum(), mean, 1e-6);
    }

    [Fact]
    public void Rated_replies_join_an_iteration_where_their_log_probs_are_known()
    {
        using var toy = new ToyPolicy();
        using var reward = toy.ManyWords();
        RatedRollout[] rated = [.. toy.Rated(8).Select((reply, i) => i < 5 ? reply : reply with { Rollout = reply.Rollout with { EngineLogProbs = [] } })];
        using var ppo = new Ppo(toy.Task(reward) with { Rated = rated }, ToyChat.Options.Ppo with { Temperature = ToyPolicy.Temperature, RatedReplies = 8 });

        var metrics = ppo.Iterate(CancellationToken.None);

        Assert.Equal(5, metrics["val/rated_replies"]);
        Assert.InRange(metrics["val/engine_difference"], 0, 1e-3);
    }

    [Fact]
    public void Thumbs_alone_make_what_was_liked_likelier_where_the_reward_model_is_indifferent()
    {
        using var toy = new ToyPolicy();
        using var indifferent = toy.Indifferent();
        var rated = toy.Rated(96);
        var options = ToyChat.Options.Ppo with
        {
            Temperature = ToyPolicy.Temperature, Iterations = 6, Rollouts = 4, RatedReplies = 96, KlCoefficient = 0.01, LearningRate = 5e-3,
            ApproxKlTarget = 0.1, MissingEndPenalty = 0, Epochs = 4,
        };
        using var ppo = new Ppo(toy.Task(indifferent) with { Rated = rated }, options);

        for (var i = 0; i < 6; i++)
            ppo.Iterate(CancellationToken.None);

        Assert.True(toy.Margin(rated, ppo.Policy) > 0.03, $"{toy.Margin(rated, ppo.Policy)}");
    }
}
