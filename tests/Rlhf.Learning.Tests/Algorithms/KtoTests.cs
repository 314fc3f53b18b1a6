using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class KtoTests : IDisposable
{
    private readonly ToyPolicy _toy = new();

    [Fact]
    public void Replies_to_one_prompt_are_never_set_beside_each_other()
    {
        // All thumbs are on one prompt: there is nothing to take the present log-ratio from, however far the policy is from the reference.
        var rated = _toy.Rated(64);
        RatedRollout[] onePrompt = [.. rated.Where(reply => reply.Rollout.Prompt.Tokens.SequenceEqual(rated[0].Rollout.Prompt.Tokens))];
        Assert.Contains(onePrompt, reply => reply.Up);
        Assert.Contains(onePrompt, reply => !reply.Up);

        Assert.Equal(0, KlOf(onePrompt));
        Assert.NotEqual(0, KlOf(rated));
    }

    [Fact]
    public void A_minibatch_of_one_is_not_set_beside_itself() => Assert.Equal(0, KlOf(_toy.Rated(8), batchSize: 1));

    public void Dispose() => _toy.Dispose();

    private double KlOf(IReadOnlyList<RatedRollout> rated, int batchSize = 16)
    {
        using var reward = _toy.Indifferent();
        using var trainer = new Kto(_toy.Task(reward, _toy.Changed()) with { Rated = rated }, new KtoOptions { Temperature = ToyPolicy.Temperature, MaxReplyTokens = 10, BatchSize = batchSize });
        return trainer.Iterate(CancellationToken.None)["kl"];
    }
}
