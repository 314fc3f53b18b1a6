using Rlhf.Contracts;

namespace Rlhf.Grains.Tests.Versions;

public sealed class ChoiceTests
{
    private static readonly ModelCatalog Catalog = new("demo", 1,
    [
        new ServedVersion("base", VersionState.Retired, 0),
        new ServedVersion("v1", VersionState.Live, 0.75),
        new ServedVersion("v2", VersionState.Canary, 0.25),
    ], Trunk: "trunk");

    [Fact]
    public void Each_version_gets_its_share_of_the_conversations()
    {
        var chosen = Enumerable.Range(0, 4000).Select(i => Catalog.Choose($"conversation-{i}")).ToLookup(version => version);
        Assert.Empty(chosen["base"]);
        Assert.InRange(chosen["v2"].Count(), 900, 1100); // 1000 ± 3.6 standard deviations
    }

    [Fact]
    public void A_conversation_that_a_smaller_canary_has_a_larger_one_has_too()
    {
        var larger = Catalog with { Versions = [new("v1", VersionState.Live, 0.5), new("v2", VersionState.Canary, 0.5)] };
        for (var i = 0; i < 500; i++)
        {
            var id = $"conversation-{i}";
            Assert.True(Catalog.Choose(id) != "v2" || larger.Choose(id) == "v2");
        }
    }

    [Theory]
    [InlineData("base", true, false)]
    [InlineData("v2", true, true)]
    [InlineData("v3", false, false)]
    public void Served_is_who_may_be_asked_by_name_and_sharing_is_who_is_chosen(string version, bool serves, bool shares) =>
        Assert.Equal((serves, shares), (Catalog.Serves(version), Catalog.Shares(version)));
}
