using Microsoft.Extensions.Options;
using Rlhf.Server.Chat;

namespace Rlhf.Server.Tests.Chat;

public sealed class DraftBudgetTests
{
    private const int Turns = 4000;

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void The_highest_disagreements_get_the_drafts_and_no_more_of_them_than_the_share(double share)
    {
        var (budget, random) = (Of(share), new Random(7));
        var taken = new List<double>();
        var passed = new List<double>();
        for (var i = 0; i < Turns; i++)
        {
            var disagreement = random.NextDouble();
            (budget.Take(disagreement, random.NextDouble()) ? taken : passed).Add(disagreement);
        }

        Assert.InRange(taken.Count, 0.8 * share * Turns, (share * Turns) + 6);

        // The first few are a matter of chance, and a threshold from a sample strays: but for those the best are taken.
        Assert.True(taken.Count(disagreement => disagreement > 1 - (1.5 * share)) > 0.85 * taken.Count);
        Assert.True(taken.Average() > passed.Average() + 0.3);
    }

    [Fact]
    public void Without_a_reward_model_chance_decides_at_the_same_share()
    {
        var (budget, random) = (Of(0.1), new Random(7));
        var taken = Enumerable.Range(0, Turns).Count(_ => budget.Take(null, random.NextDouble()));
        Assert.InRange(taken, 0.08 * Turns, (0.1 * Turns) + 6);
    }

    [Fact]
    public void A_share_of_all_takes_all_and_one_of_none_takes_none()
    {
        var (all, none) = (Of(1), Of(0));
        Assert.All(Enumerable.Range(0, 200), i => Assert.True(all.Take(i % 3 == 0 ? null : -i, 0.999)));
        Assert.All(Enumerable.Range(0, 200), i => Assert.False(none.Take(i, 0)));
    }

    [Fact]
    public void What_is_no_number_counts_as_unknown()
    {
        var budget = Of(0.1);
        Assert.All(Enumerable.Range(0, 200), i => Assert.False(budget.Take(i % 2 == 0 ? double.NaN : double.PositiveInfinity, 0.5)));
    }

    private static DraftBudget Of(double share) => new(Options.Create(new DraftOptions { Share = share }));
}
