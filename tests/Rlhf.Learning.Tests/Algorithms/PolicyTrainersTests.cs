using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>What holds for every algorithm.</summary>
public sealed class PolicyTrainersTests : IDisposable
{
    private readonly ToyPolicy _toy = new();

    public static TheoryData<PolicyAlgorithm> All => [.. Enum.GetValues<PolicyAlgorithm>()];

    [Theory]
    [InlineData(PolicyAlgorithm.Ppo)]
    [InlineData(PolicyAlgorithm.Rloo)]
    [InlineData(PolicyAlgorithm.Grpo)]
    public void What_is_rewarded_becomes_likelier(PolicyAlgorithm algorithm)
    {
        using var reward = _toy.ManyWords();
        using var trainer = Trainer(algorithm, reward, Eager(algorithm));
        var before = _toy.MeanScore(reward, trainer.Policy);

        while (trainer.Iteration < Eager(algorithm).PolicyTraining.Iterations)
            trainer.Iterate(CancellationToken.None);

        var after = _toy.MeanScore(reward, trainer.Policy);
        Assert.True(after > before + 0.15, $"{before} {after}");
    }

    [Theory]
    [InlineData(PolicyAlgorithm.Dpo)]
    [InlineData(PolicyAlgorithm.Kto)]
    public void What_was_liked_becomes_likelier_than_what_was_not(PolicyAlgorithm algorithm)
    {
        using var reward = _toy.Indifferent();
        using var trainer = Trainer(algorithm, reward, Eager(algorithm));

        for (var pass = 0; pass < 4; pass++)
            trainer.Iterate(CancellationToken.None);

        var margin = _toy.Margin(_toy.Rated(96), trainer.Policy);
        Assert.True(margin > 0.1, $"{margin}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_restored_trainer_goes_on_with_the_same_numbers(PolicyAlgorithm algorithm)
    {
        using var reward = _toy.ManyWords();
        using var first = Trainer(algorithm, reward, ToyChat.Options);
        first.Iterate(CancellationToken.None);
        var snapshot = first.Capture();
        var expected = first.Iterate(CancellationToken.None);

        using var second = Trainer(algorithm, reward, ToyChat.Options);
        second.Restore(snapshot);

        Assert.Equal(expected.OrderBy(m => m.Key), second.Iterate(CancellationToken.None).OrderBy(m => m.Key));
        Assert.Equal(Values(first), Values(second));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_same_seed_gives_the_same_run_and_another_another(PolicyAlgorithm algorithm)
    {
        using var reward = _toy.ManyWords();
        float[] Run(ulong seed)
        {
            using var trainer = PolicyTrainers.Create(ToyChat.Options with { Algorithm = algorithm }, _toy.Task(reward) with { Seed = seed, Rated = _toy.Rated(24) });
            trainer.Iterate(CancellationToken.None);
            return Values(trainer);
        }

        var first = Run(1);

        Assert.Equal(first, Run(1));
        Assert.NotEqual(first, Run(2));
    }

    [Fact]
    public void A_snapshot_of_another_algorithm_is_refused()
    {
        using var reward = _toy.ManyWords();
        using var ppo = Trainer(PolicyAlgorithm.Ppo, reward, ToyChat.Options);
        using var rloo = Trainer(PolicyAlgorithm.Rloo, reward, ToyChat.Options);

        var error = Assert.Throws<InvalidDataException>(() => rloo.Restore(ppo.Capture()));

        Assert.Contains("another algorithm", error.Message);
    }

    public void Dispose() => _toy.Dispose();

    private IPolicyTrainer Trainer(PolicyAlgorithm algorithm, RewardEnsemble reward, LearnerOptions options)
        => PolicyTrainers.Create(options with { Algorithm = algorithm }, _toy.Task(reward) with { Rated = _toy.Rated(96) });

    private static LearnerOptions Eager(PolicyAlgorithm algorithm) => ToyChat.Options with
    {
        Algorithm = algorithm,
        Ppo = ToyChat.Options.Ppo with { Temperature = ToyPolicy.Temperature, Iterations = 12, Rollouts = 64, Epochs = 4, KlCoefficient = 0.01, LearningRate = 1e-2, ApproxKlTarget = 0.1, MissingEndPenalty = 0 },
        Rloo = ToyChat.Options.Rloo with { Temperature = ToyPolicy.Temperature, Iterations = 12, Rollouts = 64, KlCoefficient = 0.01, LearningRate = 1e-2, ApproxKlTarget = 0.1, MissingEndPenalty = 0 },
        Grpo = ToyChat.Options.Grpo with { Temperature = ToyPolicy.Temperature, Iterations = 12, Rollouts = 64, KlCoefficient = 0.01, LearningRate = 1e-2, ApproxKlTarget = 0.1, MissingEndPenalty = 0 },
        Dpo = ToyChat.Options.Dpo with { Temperature = ToyPolicy.Temperature, Iterations = 4, LeastPairs = 0, LearningRate = 5e-3 },
        Kto = ToyChat.Options.Kto with { Temperature = ToyPolicy.Temperature, Iterations = 4, LearningRate = 5e-3 },
    };

    private static float[] Values(IPolicyTrainer trainer) =>
        [.. trainer.Policy.Modules.OrderBy(module => module.Key, StringComparer.Ordinal).SelectMany(module => module.Value.A.Values.Concat(module.Value.B.Values))];
}
