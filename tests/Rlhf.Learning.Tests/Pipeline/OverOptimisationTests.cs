using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Tests.Algorithms;

namespace Rlhf.Learning.Tests.Pipeline;

public sealed class OverOptimisationTests
{
    private static readonly LearnerOptions Free = ToyChat.Options with
    {
        Ppo = ToyChat.Options.Ppo with { Iterations = 9, Rollouts = 64, Epochs = 4, LearningRate = 1e-2, KlCoefficient = 0, KlTarget = null, ApproxKlTarget = 0.1, MissingEndPenalty = 0 },
    };

    [Fact]
    public void A_policy_that_nothing_holds_goes_away_from_the_base_and_up_by_its_own_reward()
    {
        var seen = new Seen();

        var curve = Follow(Free, seen);

        Assert.Equal([0, 4, 8, 9], curve.Select(point => point.Iteration));
        Assert.Equal(curve, seen.Points);
        Assert.Equal((0, 0, 0), (curve[0].Kl, curve[0].Proxy, curve[0].Gold));
        Assert.True(curve[^1].Proxy > 0.1, $"proxy ended with {curve[^1].Proxy}");
        Assert.True(curve[^1].Distance > curve[1].Distance && curve[1].Distance > 0);
        Assert.All(curve, point => Assert.True(point.GoldError > 0));
    }

    [Fact]
    public void The_same_seed_gives_the_same_curve_and_a_single_reward_model_another_one()
    {
        var brief = Free with { Ppo = Free.Ppo with { Iterations = 2, Rollouts = 16 } };
        var curve = Follow(brief, new Seen());

        Assert.Equal(curve, Follow(brief, new Seen()));
        Assert.NotEqual(curve, Follow(brief with { Reward = brief.Reward with { Heads = 1 } }, new Seen()));
    }

    [Fact]
    public void One_prompt_to_measure_on_is_refused() =>
        Assert.Throws<ArgumentException>(() => new OverOptimisation(ToyChat.Model(), Free).Follow(
            ToyChat.Thumbs(60, noise: 0, seed: 1), ToyChat.Prompts, [ToyChat.Prompts[0]], Gold, every: 1, seed: 1, new Seen(), CancellationToken.None));

    private static IReadOnlyList<OptimisationPoint> Follow(LearnerOptions options, Seen seen) => new OverOptimisation(ToyChat.Model(), options).Follow(
        Thumbs(), ToyChat.Prompts, [.. Enumerable.Repeat(ToyChat.Prompts, 8).SelectMany(prompts => prompts)], Gold, every: 4, seed: 1, seen, CancellationToken.None);

    // Thumbs of somebody who likes many words, on the base model's own replies.
    private static ThumbedReply[] Thumbs()
    {
        using var toy = new ToyPolicy();
        return [.. toy.Rated(120).Select((rated, i) => new ThumbedReply(rated.Rollout.Prompt.Context, rated.Rollout.Text, rated.Up, 1, $"{i % 40}"))];
    }

    private static double Gold(string reply) => reply.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private sealed class Seen : IProgress<OptimisationPoint>
    {
        public List<OptimisationPoint> Points { get; } = [];

        public void Report(OptimisationPoint value) => Points.Add(value);
    }
}
