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

    [Fact]
    public async Task A_record_that_can_not_be_read_is_set_aside_and_begins_anew()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Grain<IRaterGrain>("zed").QuarantineAsync("a bot");
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE grain_state SET content = @content WHERE grain = 'rater/zed'");

        Assert.Equal(new RaterStanding(0, 0, 0, null), await silo.Grain<IRaterGrain>("zed").GetAsync());
        Assert.Contains("rater/zed can't be read", Assert.Single(silo.Get<Storage.StorageDamage>().Found));
        await silo.Grain<IRaterGrain>("zed").QuarantineAsync("still a bot");
        await silo.RestartAsync();
        Assert.Equal("still a bot", (await silo.Grain<IRaterGrain>("zed").GetAsync()).Quarantine);
        await silo.Grain<IRaterGrain>("zed").ForgetAsync();
    }
}
