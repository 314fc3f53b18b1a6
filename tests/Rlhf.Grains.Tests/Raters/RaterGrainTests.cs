using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Raters;

namespace Rlhf.Grains.Tests.Raters;

public sealed class RaterGrainTests
{
    [Fact]
    public async Task The_allowance_of_a_minute_refills_steadily()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<FeedbackOptions>(options => options.PerMinute = 2));
        var rater = silo.Grain<IRaterGrain>("ann");
        await rater.AdmitAsync();
        await rater.AdmitAsync();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => rater.AdmitAsync());
        Assert.Equal((Refusal.TooMany, TimeSpan.FromSeconds(30)), (refused.Refusal, refused.RetryAfter));

        silo.Clock.Advance(TimeSpan.FromSeconds(30));
        await rater.AdmitAsync();
        await Assert.ThrowsAsync<RefusedException>(() => rater.AdmitAsync());
    }

    [Fact]
    public async Task A_quarantined_rater_may_not_rate_and_weighs_nothing_until_let_back()
    {
        await using var silo = await TestSilo.StartAsync();
        var rater = silo.Grain<IRaterGrain>("troll");
        await rater.QuarantineAsync("presses at random");
        await silo.RestartAsync();

        rater = silo.Grain<IRaterGrain>("troll");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => rater.AdmitAsync());
        Assert.Contains("presses at random", refused.Message);
        Assert.Equal(0, (await rater.GetAsync()).Weight);

        await rater.QuarantineAsync(null);
        await rater.AdmitAsync();
        Assert.Equal(1, (await rater.GetAsync()).Weight);
    }

    [Fact]
    public void Trust_starts_whole_and_falls_with_disagreement_but_never_to_nothing()
    {
        Assert.Equal(1, Reliability.Weight(agreed: 0, disagreed: 0), precision: 9);
        Assert.Equal(1, Reliability.Weight(agreed: 100, disagreed: 10), precision: 9);
        Assert.InRange(Reliability.Weight(agreed: 62, disagreed: 38), 0.4, 0.5);
        Assert.Equal(Reliability.Least, Reliability.Weight(agreed: 50, disagreed: 60));
    }
}
