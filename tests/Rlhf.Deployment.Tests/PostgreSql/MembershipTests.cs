using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Rlhf.Testing;

namespace Rlhf.Deployment.Tests.PostgreSql;

/// <summary>Orleans' membership on the tables of <c>deploy/postgresql</c>, through Orleans' own provider.</summary>
public sealed class MembershipTests(OrleansDatabase database) : IClassFixture<OrleansDatabase>
{
    private static readonly DateTime Now = new(2026, 11, 29, 12, 0, 0, DateTimeKind.Utc);

    [PostgreSqlFact]
    public async Task A_silo_joins_under_the_version_that_it_read_and_once()
    {
        var table = await TableAsync("joins");
        var (empty, first) = (await table.ReadAllAsync(CancellationToken.None), Entry(1));
        Assert.Empty(empty.Members);
        Assert.True(await table.InsertRowAsync(first, empty.Version.Next(), CancellationToken.None));
        Assert.False(await table.InsertRowAsync(Entry(2), empty.Version.Next(), CancellationToken.None)); // the version has moved on
        var one = await table.ReadAllAsync(CancellationToken.None);
        Assert.Equal(empty.Version.Version + 1, one.Version.Version);
        Assert.False(await table.InsertRowAsync(first, one.Version.Next(), CancellationToken.None)); // it is there already
        Assert.Equal(one.Version, (await table.ReadAllAsync(CancellationToken.None)).Version);

        var stored = Assert.Single(one.Members).Item1;
        Assert.Equal(
            (first.SiloAddress, first.SiloName, first.HostName, first.Status, first.ProxyPort, first.StartTime, first.IAmAliveTime),
            (stored.SiloAddress, stored.SiloName, stored.HostName, stored.Status, stored.ProxyPort, stored.StartTime, stored.IAmAliveTime));
        Assert.Null(stored.SuspectTimes);
    }

    [PostgreSqlFact]
    public async Task Of_many_that_join_at_once_each_version_takes_one_in()
    {
        var table = await TableAsync("at-once");
        var version = (await table.ReadAllAsync(CancellationToken.None)).Version.Next();
        var joined = await Task.WhenAll(Enumerable.Range(1, 16).Select(generation => table.InsertRowAsync(Entry(generation), version, CancellationToken.None)));
        Assert.Single(joined, true);
        Assert.Single((await table.ReadAllAsync(CancellationToken.None)).Members);
    }

    [PostgreSqlFact]
    public async Task A_change_needs_the_version_that_was_read_and_keeps_who_suspects_whom()
    {
        var table = await TableAsync("changes");
        var silo = Entry(1);
        var before = (await table.ReadAllAsync(CancellationToken.None)).Version;
        await table.InsertRowAsync(silo, before.Next(), CancellationToken.None);
        var joined = await table.ReadAllAsync(CancellationToken.None);
        var etag = joined.Members.Single().Item2;
        Assert.False(await table.UpdateRowAsync(silo, etag, before.Next(), CancellationToken.None));

        silo.Status = SiloStatus.Dead;
        silo.AddSuspector(Address(7), Now);
        silo.AddSuspector(Address(8), Now.AddSeconds(1));
        Assert.False(await table.UpdateRowAsync(Entry(9), etag, joined.Version.Next(), CancellationToken.None)); // nobody's row
        Assert.True(await table.UpdateRowAsync(silo, etag, joined.Version.Next(), CancellationToken.None));

        var row = await table.ReadRowAsync(silo.SiloAddress, CancellationToken.None);
        var stored = Assert.Single(row.Members).Item1;
        Assert.Equal((2, SiloStatus.Dead), (row.Version.Version, stored.Status));
        Assert.Equal(silo.SuspectTimes, stored.SuspectTimes);
        Assert.Empty((await table.ReadRowAsync(Address(9), CancellationToken.None)).Members);
    }

    [PostgreSqlFact]
    public async Task A_sign_of_life_is_kept_and_leaves_the_version_alone()
    {
        var table = await TableAsync("alive");
        var silo = Entry(1);
        await table.InsertRowAsync(silo, (await table.ReadAllAsync(CancellationToken.None)).Version.Next(), CancellationToken.None);
        silo.IAmAliveTime = Now.AddMinutes(5);
        await table.UpdateIAmAliveAsync(silo, CancellationToken.None);
        var stored = await table.ReadAllAsync(CancellationToken.None);
        Assert.Equal((1, silo.IAmAliveTime), (stored.Version.Version, stored.Members.Single().Item1.IAmAliveTime));
    }

    [PostgreSqlFact]
    public async Task Dead_silos_of_long_ago_are_cleared_away_and_no_others()
    {
        var table = await TableAsync("cleared");
        foreach (var (generation, status, alive) in new[] { (1, SiloStatus.Dead, -2.0), (2, SiloStatus.Active, -2.0), (3, SiloStatus.Dead, -0.5) })
        {
            await table.InsertRowAsync(Entry(generation, status, Now.AddHours(alive)), (await table.ReadAllAsync(CancellationToken.None)).Version.Next(), CancellationToken.None);
        }

        await (await TableAsync("cleared-too")).CleanupDefunctSiloEntriesAsync(Now.AddHours(-1), CancellationToken.None); // another cluster's business
        Assert.Equal(3, (await table.ReadAllAsync(CancellationToken.None)).Members.Count);
        await table.CleanupDefunctSiloEntriesAsync(Now.AddHours(-1), CancellationToken.None);
        Assert.Equal([2, 3], (await table.ReadAllAsync(CancellationToken.None)).Members.Select(member => member.Item1.SiloAddress.Generation).Order());
    }

    [PostgreSqlFact]
    public async Task Clients_find_the_gateways_of_active_silos()
    {
        var table = await TableAsync("gateways");
        foreach (var silo in (MembershipEntry[])[Entry(1), Entry(2, SiloStatus.Dead), Entry(3, gateway: 0)])
        {
            await table.InsertRowAsync(silo, (await table.ReadAllAsync(CancellationToken.None)).Version.Next(), CancellationToken.None);
        }

        Assert.Equal(["gwy.tcp://127.0.0.1:30001/1"], (await database.GatewaysAsync("gateways")).Select(gateway => gateway.ToString()));
    }

    [PostgreSqlFact]
    public async Task A_cluster_can_be_deleted_and_the_script_may_run_again_over_one_that_lives()
    {
        var (table, other) = (await TableAsync("deleted"), await TableAsync("stays"));
        await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(CancellationToken.None)).Version.Next(), CancellationToken.None);
        await other.InsertRowAsync(Entry(1), (await other.ReadAllAsync(CancellationToken.None)).Version.Next(), CancellationToken.None);
        await table.DeleteMembershipTableEntriesAsync("deleted", CancellationToken.None);
        database.SetUp();
        Assert.Single((await other.ReadAllAsync(CancellationToken.None)).Members);
        Assert.Equal(0, (await (await TableAsync("deleted")).ReadAllAsync(CancellationToken.None)).Version.Version);
    }

    /// <summary>What a silo of the cluster goes by.</summary>
    private async Task<IMembershipTable> TableAsync(string cluster)
    {
        using var silo = database.Silo(cluster);
        var table = silo.Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, CancellationToken.None);
        return table;
    }

    private static SiloAddress Address(int generation) => SiloAddress.New(IPAddress.Loopback, 11110 + generation, generation);

    private static MembershipEntry Entry(int generation, SiloStatus status = SiloStatus.Active, DateTime? alive = null, int? gateway = null) => new()
    {
        SiloAddress = Address(generation),
        SiloName = $"silo-{generation}",
        HostName = "here",
        Status = status,
        ProxyPort = gateway ?? 30000 + generation,
        StartTime = Now.AddHours(-3),
        IAmAliveTime = alive ?? Now,
    };
}
