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
            (VersionState.Training, VersionState.Candidate),
            (VersionState.Training, VersionState.Rejected),
            (VersionState.Candidate, VersionState.Canary),
            (VersionState.Candidate, VersionState.Rejected),
            (VersionState.Canary, VersionState.Live),
            (VersionState.Canary, VersionState.Retired),
            (VersionState.Canary, VersionState.RolledBack),
            (VersionState.Live, VersionState.Retired),
            (VersionState.Live, VersionState.RolledBack),
            (VersionState.Retired, VersionState.Live),
            (VersionState.Retired, VersionState.RolledBack),
            (VersionState.RolledBack, VersionState.Live),
        ];
        var states = Enum.GetValues<VersionState>();
        Assert.Equal(allowed.Order(), from one in states from other in states where VersionLifeCycle.Allows(one, other) orderby (one, other) select (one, other));
    }

    [Fact]
    public void A_refusal_names_both_states()
    {
        var refused = Assert.Throws<RefusedException>(() => VersionLifeCycle.Require("v1", VersionState.Rejected, VersionState.RolledBack));
        Assert.Equal("Version 'v1' is rejected and cannot become rolled back.", refused.Message);
        Assert.Equal(Refusal.Conflict, refused.Refusal);
    }
}
