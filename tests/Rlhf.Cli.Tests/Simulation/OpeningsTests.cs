using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class OpeningsTests
{
    [Fact]
    public void Training_and_held_out_openings_are_many_and_disjoint()
    {
        Assert.True(Openings.Training.Count >= 1000, $"{Openings.Training.Count} training openings");
        Assert.True(Openings.HeldOut.Count >= 256, $"{Openings.HeldOut.Count} held-out openings");
        Assert.Empty(Openings.Training.Intersect(Openings.HeldOut));
        Assert.Equal(Openings.Training.Count, Openings.Training.Distinct().Count());
    }

    [Fact]
    public void No_slot_is_left_open() =>
        Assert.DoesNotContain(Openings.Training.Concat(Openings.HeldOut), o => o.Contains('{') || o.Contains('}'));

    [Fact]
    public void A_seed_draws_the_same_openings_every_time_and_another_seed_others()
    {
        var once = Openings.Draw(Openings.Training, 50, 1, "round 1");

        Assert.Equal(once, Openings.Draw(Openings.Training, 50, 1, "round 1"));
        Assert.NotEqual(once, Openings.Draw(Openings.Training, 50, 2, "round 1"));
        Assert.NotEqual(once, Openings.Draw(Openings.Training, 50, 1, "round 2"));
    }

    [Fact]
    public void No_opening_comes_twice_before_all_came_once()
    {
        var pool = Openings.HeldOut;
        var drawn = Openings.Draw(pool, pool.Count * 2 + 3, 7, "all");

        Assert.Equal(pool.Count, drawn.Take(pool.Count).Distinct().Count());
        Assert.Equal(pool.Count, drawn.Skip(pool.Count).Take(pool.Count).Distinct().Count());
        Assert.Equal((pool.Count * 2) + 3, drawn.Count);
    }
}
