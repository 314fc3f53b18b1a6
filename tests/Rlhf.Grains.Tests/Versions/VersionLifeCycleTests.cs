using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Versions;

public sealed class VersionLifeCycleTests
{
    [Fact]
    public void Only_the_steps_of_a_life_are_allowed()
    {
        (VersionState, VersionState)[] allowed =
        [
            (VersionState.Candidate, VersionState.Canary),
            (VersionState.Candidate, VersionState.Rejected),
            (VersionState.Canary, VersionState.Live),
            (VersionState.Canary, VersionState.Retired),
            (VersionState.Canary, VersionState.RolledBack),
            (VersionState.Live, VersionState.Retired),
            (VersionState.Live, VersionState.RolledBack),
            (VersionState.Retired, VersionState.Live),
            (VersionState.Retired, VersionState.RolledBack),
        ];
        var states = Enum.GetValues<VersionState>();
        Assert.Equal(allowed.Order(), from one in states from other in states where VersionLifeCycle.Allows(one, other) orderby (one, other) select (one, other));
    }

    [Fact]
    public void A_refusal_names_both_states()
    {
        var refused = Assert.Throws<RefusedException>(() => VersionLifeCycle.Require("v1", VersionState.RolledBack, VersionState.Live));
        Assert.Equal("Version 'v1' is rolled back and cannot become live.", refused.Message);
        Assert.Equal(Refusal.Conflict, refused.Refusal);
    }
}
