using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Inference.Tests;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Versions;

public sealed class ModelCatalogGrainTests
{
    [Fact]
    public async Task A_published_version_is_live_here_when_the_call_returns_and_what_was_live_retires()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");

        Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        Assert.Contains("v1", silo.Engine.Versions);
        Assert.Equal([("base", VersionState.Retired), ("v1", VersionState.Live)], await StatesAsync(silo));
        Assert.Equal("v1", (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);
    }

    [Fact]
    public async Task The_catalogue_says_when_each_version_was_made_after_a_restart_too()
    {
        await using var silo = await TestSilo.StartAsync();
        var begun = silo.Clock.GetUtcNow();
        silo.Clock.Advance(TimeSpan.FromSeconds(2));
        await silo.MakeAsync("v1", 1);
        silo.Clock.Advance(TimeSpan.FromSeconds(2));
        await silo.Catalog.PublishAsync("v1");
        (string, DateTimeOffset?)[] made = [("base", begun), ("v1", begun.AddSeconds(2))];
        Assert.Equal(made, silo.Get<CatalogCache>().Current.Versions.Select(served => (served.Version, served.CreatedAt)));
        await silo.RestartAsync();
        Assert.Equal(made, silo.Get<CatalogCache>().Current.Versions.Select(served => (served.Version, served.CreatedAt)));
    }

    [Fact]
    public async Task Publishing_twice_changes_nothing_the_second_time()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        var first = await silo.Catalog.PublishAsync("v1");
        Assert.Equal(first.Revision, (await silo.Catalog.PublishAsync("v1")).Revision);
    }

    [Fact]
    public async Task A_canary_shares_until_it_is_promoted()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => (options.Canary, options.CanaryShare) = (true, 0.25)));
        await silo.MakeAsync("v1", 1);
        var catalog = await silo.Catalog.PublishAsync("v1");
        Assert.Equal([("base", 0.75), ("v1", 0.25)], catalog.Versions.Select(served => (served.Version, served.Share)));

        catalog = await silo.Catalog.PromoteAsync("v1");
        Assert.Equal([("base", 0.0), ("v1", 1.0)], catalog.Versions.Select(served => (served.Version, served.Share)));
    }

    [Theory]
    [InlineData("v2", "v1")]
    [InlineData("v1", "v2")]
    public async Task A_version_whose_adapter_is_damaged_is_set_aside_and_the_last_good_one_answers(string damaged, string answers)
    {
        await using var silo = await TestSilo.StartAsync();
        foreach (var (version, seed) in new[] { ("v1", 1), ("v2", 2) })
        {
            await silo.MakeAsync(version, seed);
            await silo.Catalog.PublishAsync(version);
        }

        var file = Assert.Single(Directory.GetFiles(silo.Get<DataFolder>().Versions, $"{damaged}-*.safetensors"));
        File.WriteAllText(file, "torn");
        await silo.RestartAsync();
        Assert.Equal(answers, (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);
        Assert.Equal(Refusal.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("d", TestSilo.Ask("A latte.", version: damaged)))).Refusal);

        File.Delete(file);
        await silo.RestartAsync();
        Assert.Equal(answers, (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);
        Assert.Equal("v2", (await silo.Catalog.GetAsync()).Live); // what the catalogue says is the operator's to change
        if (damaged == "v2")
        {
            await silo.Catalog.RollBackAsync(damaged);
            Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        }
    }

    [Theory]
    [InlineData("v2", "v1")]
    [InlineData("v1", "v2")]
    [InlineData("base", "v2")]
    public async Task A_version_whose_record_can_not_be_read_is_listed_as_damaged_and_not_served(string damaged, string answers)
    {
        await using var silo = await TestSilo.StartAsync();
        foreach (var (version, seed) in new[] { ("v1", 1), ("v2", 2) })
        {
            await silo.MakeAsync(version, seed);
            await silo.Catalog.PublishAsync(version);
        }

        await silo.DamageAsync($"UPDATE grain_state SET content = @content WHERE grain = 'modelversion/demo:{damaged}'");
        await silo.RestartAsync();
        Assert.Equal(answers, (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);
        Assert.Contains(silo.Get<StorageDamage>().Found, what => what.Contains($"modelversion/demo:{damaged} can't be read"));
        if (damaged == ModelCatalog.Base)
        {
            Assert.Equal(VersionState.Retired, (await silo.Catalog.ListAsync())[0].State); // what it is, the base model says
            Assert.Empty(await silo.Catalog.GetDamagedAsync());
            return;
        }

        var record = (await silo.Catalog.ListAsync()).Single(version => version.Id == damaged);
        Assert.Equal(VersionState.Damaged, record.State);
        Assert.Contains("Restore it from a backup", record.Reason);
        Assert.Equal([damaged], (await silo.Catalog.GetDamagedAsync()).Keys);
        Assert.False((await silo.Catalog.GetAsync()).Serves(damaged));
        Assert.Equal(Refusal.Conflict, (await Assert.ThrowsAsync<RefusedException>(() => silo.Catalog.PromoteAsync(damaged))).Refusal);

        await silo.MakeAsync("v3", 3, parent: answers);
        await silo.Catalog.PublishAsync("v3");
        Assert.Equal("v3", (await silo.ChatAsync("d", TestSilo.Ask("A latte."))).Version);
    }

    [Fact]
    public async Task A_version_whose_adapter_is_missing_is_named_and_not_promoted()
    {
        await using var silo = await TestSilo.StartAsync();
        foreach (var (version, seed) in new[] { ("v1", 1), ("v2", 2) })
        {
            await silo.MakeAsync(version, seed);
            await silo.Catalog.PublishAsync(version);
        }

        File.Delete(Path.Combine(silo.Get<DataFolder>().Versions, "v1.sha256"));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.Catalog.PromoteAsync("v1"));
        Assert.Equal(Refusal.Conflict, refused.Refusal);
        Assert.Contains("The adapter of v1 is missing", refused.Message);
        Assert.Equal("v2", (await silo.Catalog.GetAsync()).Live);
        Assert.Contains("The adapter of v1 is missing", Assert.Single(await silo.Catalog.GetDamagedAsync()).Value);
    }

    [Fact]
    public async Task A_version_is_promoted_by_nobody_before_that_is_durable()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        await silo.DamageAsync("CREATE TRIGGER refuse BEFORE UPDATE ON grain_state WHEN NEW.state = 'catalog' BEGIN SELECT RAISE(ABORT, 'the disk fails'); END", changes: false);

        await Assert.ThrowsAnyAsync<StorageException>(() => silo.Catalog.PromoteAsync("base"));
        Assert.Equal("v1", (await silo.Catalog.GetAsync()).Live);
        Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        Assert.Equal("v1", (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);

        await silo.DamageAsync("DROP TRIGGER refuse", changes: false);
        Assert.Equal("base", (await silo.Catalog.PromoteAsync("base")).Live);
        await silo.RestartAsync();
        Assert.Equal("base", (await silo.Catalog.GetAsync()).Live);
    }

    [Fact]
    public async Task A_catalogue_that_can_not_be_read_is_named_with_what_to_do()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.DamageAsync("UPDATE grain_state SET content = @content WHERE state = 'catalog'");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => silo.RestartAsync());
        Assert.Contains("The state 'catalog' of grain modelcatalog/demo can't be read", error.ToString());
        Assert.Contains("Restore it from a backup", error.ToString());
    }

    [Fact]
    public void Without_a_version_the_shares_still_add_up()
    {
        var catalog = new ModelCatalog("demo", 7, [new("base", VersionState.Retired, 0), new("v1", VersionState.Retired, 0), new("v2", VersionState.Live, 0.9), new("v3", VersionState.Canary, 0.1)], "");
        Assert.Same(catalog, catalog.Without([]));
        Assert.Equal([("base", 0.0), ("v1", 0.9), ("v3", 0.1)], catalog.Without(["v2"]).Versions.Select(version => (version.Version, version.Share)));
        Assert.Equal("v1", catalog.Without(["v2"]).Live);
        Assert.Equal([("base", 0.0), ("v1", 0.0), ("v2", 1.0)], catalog.Without(["v3"]).Versions.Select(version => (version.Version, version.Share)));
        Assert.Equal([("base", 1.0)], catalog.Without(["v1", "v2", "v3"]).Versions.Select(version => (version.Version, version.Share)));
    }

    [Fact]
    public async Task What_a_rolled_back_version_learned_from_is_withheld_until_it_is_released()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1, cursor: 40);
        await silo.Catalog.PublishAsync("v1");
        await silo.MakeAsync("v2", 2, cursor: 100, parent: "v1");
        await silo.Catalog.PublishAsync("v2");
        Assert.Empty(await silo.Catalog.GetWithheldAsync());
        Assert.Equal(Refusal.Conflict, (await Assert.ThrowsAsync<RefusedException>(() => silo.Catalog.ReleaseAsync("v2"))).Refusal);
        Assert.Equal(Refusal.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => silo.Catalog.ReleaseAsync("v9"))).Refusal);

        await silo.Catalog.RollBackAsync("v2");
        await silo.RestartAsync();
        var withheld = Assert.Single(await silo.Catalog.GetWithheldAsync());
        Assert.Equal(new WithheldFeedback("v2", After: 40, UpTo: 100), withheld);
        Assert.Equal((false, true, true, false), (withheld.Holds(40), withheld.Holds(41), withheld.Holds(100), withheld.Holds(101)));

        await silo.Catalog.ReleaseAsync("v2");
        await silo.Catalog.ReleaseAsync("v2");
        await silo.RestartAsync();
        Assert.Empty(await silo.Catalog.GetWithheldAsync());
    }

    [Fact]
    public async Task A_rollback_brings_back_what_was_live_before_and_survives_a_restart()
    {
        await using var silo = await TestSilo.StartAsync();
        foreach (var (version, seed) in new[] { ("v1", 1), ("v2", 2) })
        {
            await silo.MakeAsync(version, seed);
            await silo.Catalog.PublishAsync(version);
        }

        await silo.Catalog.RollBackAsync("v2");
        await silo.RestartAsync();

        Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        Assert.Equal([("base", VersionState.Retired), ("v1", VersionState.Live), ("v2", VersionState.RolledBack)], await StatesAsync(silo));
        var gone = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", TestSilo.Ask("A latte.", version: "v2")));
        Assert.Equal(Refusal.NotFound, gone.Refusal);
    }

    [Fact]
    public async Task A_rejected_version_never_serves()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.RejectAsync("v1", "worse than what is live");

        Assert.Equal("base", (await silo.Catalog.PublishAsync("v1")).Live);
        await Assert.ThrowsAsync<RefusedException>(() => silo.Catalog.PromoteAsync("v1"));
        var record = (await silo.Catalog.ListAsync()).Single(version => version.Id == "v1");
        Assert.Equal((VersionState.Rejected, "worse than what is live"), (record.State, record.Reason));
    }

    [Fact]
    public async Task Retired_versions_answer_by_name_until_there_are_too_many()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.KeepRetired = 1));
        for (var i = 1; i <= 3; i++)
        {
            await silo.MakeAsync($"v{i}", i);
            await silo.Catalog.PublishAsync($"v{i}");
        }

        Assert.Equal(["base", "v2", "v3"], (await silo.Catalog.GetAsync()).Versions.Select(served => served.Version));
        Assert.Equal(["base", "v2", "v3"], silo.Engine.Versions);
        Assert.Equal("v2", (await silo.ChatAsync("c", TestSilo.Ask("A latte.", version: "v2"))).Version);
    }

    [Fact]
    public async Task Another_base_model_is_taken_while_nothing_was_trained_and_refused_after()
    {
        var other = TestModels.Random(seed: 9);
        await using var silo = await TestSilo.StartAsync();
        await silo.RestartAsync(other);
        Assert.Equal(other.Fingerprint, (await silo.Catalog.ListAsync()).Single().Lineage.Model);
        await silo.RestartAsync();
        await silo.MakeAsync("v1", 1);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.RestartAsync(other));
        Assert.Contains("another base model", refused.Message);
    }

    private static async Task<IEnumerable<(string, VersionState)>> StatesAsync(TestSilo silo) =>
        (await silo.Catalog.ListAsync()).Select(version => (version.Id, version.State));
}
