using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Rlhf.Storage.Tests.Silo;

public sealed class SiloTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task What_a_grain_wrote_is_there_after_a_restart_of_the_silo()
    {
        await InSilo(async grains =>
        {
            var grain = grains.GetGrain<ICounterGrain>("a");
            await grain.IncrementAsync();
            await grain.IncrementAsync();
            await grains.GetGrain<ICounterGrain>("cleared").IncrementAsync();
            await grains.GetGrain<ICounterGrain>("cleared").ClearAsync();
        });
        await InSilo(async grains =>
        {
            Assert.Equal(3, await grains.GetGrain<ICounterGrain>("a").IncrementAsync());
            Assert.Equal(1, await grains.GetGrain<ICounterGrain>("b").IncrementAsync());
            Assert.Equal(1, await grains.GetGrain<ICounterGrain>("cleared").IncrementAsync());
            Assert.Equal(2, await grains.GetGrain<ICounterGrain>("cleared").IncrementAsync());
        });
    }

    [Fact]
    public async Task Reminders_are_there_after_a_restart_of_the_silo()
    {
        await InSilo(async grains =>
        {
            await grains.GetGrain<ICounterGrain>("a").RemindAsync("train");
            await grains.GetGrain<ICounterGrain>("a").RemindAsync("check");
        });
        await InSilo(async grains =>
        {
            Assert.Equal(["check", "train"], await grains.GetGrain<ICounterGrain>("a").RemindersAsync());
            Assert.Empty(await grains.GetGrain<ICounterGrain>("b").RemindersAsync());
        });
    }

    [Fact]
    public async Task A_silo_whose_folder_is_in_use_does_not_start_and_says_why()
    {
        using var holder = new DataFolder(folder.Path);

        var error = await Assert.ThrowsAnyAsync<StorageException>(() => InSilo(_ => Task.CompletedTask));
        Assert.Contains($"{folder.Path} is in use by process {Environment.ProcessId}", error.Message);
    }

    public void Dispose() => folder.Dispose();

    private async Task InSilo(Func<IGrainFactory, Task> act)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort: 11531, gatewayPort: 30531).AddSqliteStorage(folder.Path));
        using var host = builder.Build();
        await host.StartAsync();
        await act(host.Services.GetRequiredService<IGrainFactory>());
        await host.StopAsync();
    }
}
