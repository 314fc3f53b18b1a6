using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

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
    public async Task A_quarantined_rater_may_not_rate_until_let_back()
    {
        await using var silo = await TestSilo.StartAsync();
        var rater = silo.Grain<IRaterGrain>("troll");
        await rater.QuarantineAsync("presses at random");
        await silo.RestartAsync();

        rater = silo.Grain<IRaterGrain>("troll");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => rater.AdmitAsync());
        Assert.Contains("presses at random", refused.Message);
        Assert.Equal("presses at random", (await rater.GetAsync()).Quarantine);

        await rater.QuarantineAsync(null);
        await rater.AdmitAsync();
        Assert.Null((await rater.GetAsync()).Quarantine);
    }
}
