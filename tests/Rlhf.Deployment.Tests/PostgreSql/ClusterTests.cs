using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Rlhf.Testing;

namespace Rlhf.Deployment.Tests.PostgreSql;

/// <summary>Has itself reminded.</summary>
public interface IRemindedGrain : IGrainWithIntegerKey
{
    /// <summary>Registers a reminder.</summary>
    Task RegisterAsync();

    /// <summary>The reminder's name; null where there is none.</summary>
    Task<string?> RegisteredAsync();

    /// <summary>Takes the reminder back.</summary>
    Task UnregisterAsync();
}

/// <inheritdoc cref="IRemindedGrain"/>
[Reentrant]
public sealed class RemindedGrain : Grain, IRemindedGrain, IRemindable
{
    /// <inheritdoc/>
    public Task RegisterAsync() => this.RegisterOrUpdateReminder("train", TimeSpan.FromHours(1), TimeSpan.FromHours(1));

    /// <inheritdoc/>
    public async Task<string?> RegisteredAsync() => (await this.GetReminder("train"))?.ReminderName;

    /// <inheritdoc/>
    public async Task UnregisterAsync() => await this.UnregisterReminder((await this.GetReminder("train"))!);

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;
}

/// <summary>A cluster of two silos that find each other in <c>deploy/postgresql</c>'s tables and keep their grains' reminders there.</summary>
public sealed class ClusterTests(OrleansDatabase database) : IClassFixture<OrleansDatabase>
{
    [PostgreSqlFact]
    public async Task Two_silos_find_each_other_and_one_that_leaves_is_written_off_while_reminders_stay()
    {
        using var first = database.Silo("pair", FreePort(), FreePort());
        using var second = database.Silo("pair", FreePort(), FreePort());
        await first.StartAsync();
        await second.StartAsync();
        await ActiveAsync(first, 2);
        await ActiveAsync(second, 2);
        Assert.Equal(2, (await database.GatewaysAsync("pair")).Count);

        var grains = Enumerable.Range(0, 20).Select(key => second.Services.GetRequiredService<IGrainFactory>().GetGrain<IRemindedGrain>(key)).ToList();
        await Task.WhenAll(grains.Select(grain => grain.RegisterAsync()));
        await second.StopAsync();
        await ActiveAsync(first, 1);
        Assert.Single(await database.GatewaysAsync("pair"));

        grains = [.. Enumerable.Range(0, 20).Select(key => first.Services.GetRequiredService<IGrainFactory>().GetGrain<IRemindedGrain>(key))];
        await grains[7].UnregisterAsync();
        var registered = await Task.WhenAll(grains.Select(grain => grain.RegisteredAsync()));
        Assert.Equal(Enumerable.Range(0, 20).Select(key => key == 7 ? null : "train"), registered);
        await first.StopAsync();
    }

    /// <summary>Waits until a silo sees so many that are active.</summary>
    private static async Task ActiveAsync(IHost silo, int count)
    {
        await foreach (var seen in silo.Services.GetRequiredService<IClusterMembershipService>().MembershipUpdates)
        {
            if (seen.Members.Values.Count(member => member.Status == SiloStatus.Active) == count)
            {
                return;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
