using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public interface ICarrierGrain : IGrainWithStringKey
{
    Task<string?> Read(string key, string? through);

    Task Write(string key, string value);
}

internal sealed class CarrierGrain : Grain, ICarrierGrain
{
    public async Task<string?> Read(string key, string? through)
    {
        await Task.Yield();
        return through is null
            ? (string?)RequestContext.Get(key)
            : await GrainFactory.GetGrain<ICarrierGrain>(through).Read(key, null);
    }

    public Task Write(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }
}

public sealed class RequestContextTests
{
    [Fact]
    public async Task ValuesTravelWithTheWholeChain()
    {
        await using var silo = await TestSilo.StartAsync();
        RequestContext.Set("who", "ann");

        Assert.Equal("ann", await silo.Grains.GetGrain<ICarrierGrain>("one").Read("who", through: "two"));
        Assert.Equal("ann", RequestContext.Get("who"));
    }

    [Fact]
    public async Task WhatTheGrainSetsStaysThere()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICarrierGrain>("one");

        await grain.Write("who", "bob");

        Assert.Null(RequestContext.Get("who"));
        Assert.Null(await grain.Read("who", through: null));
    }

    [Fact]
    public async Task CallersDoNotSeeEachOthersValues()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICarrierGrain>("one");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            RequestContext.Set("who", $"{i}");
            return await grain.Read("who", i % 2 == 0 ? "two" : null);
        }));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), answers);
    }

    [Fact]
    public async Task OtherAsyncLocalsDoNotTravel()
    {
        var local = new AsyncLocal<string>();
        await using var silo = await TestSilo.StartAsync(s => Hosting.GrainCallFilterSiloBuilderExtensions.AddIncomingGrainCallFilter(
            s,
            context =>
            {
                Assert.Null(local.Value);
                return context.Invoke();
            }));
        local.Value = "here only";

        await silo.Grains.GetGrain<ICarrierGrain>("one").Write("a", "b");
    }

    [Fact]
    public void RemoveAndClearForget()
    {
        RequestContext.Set("a", 1);
        RequestContext.Set("b", 2);

        Assert.True(RequestContext.Remove("a"));
        Assert.False(RequestContext.Remove("a"));
        Assert.Equal(["b"], RequestContext.Keys);
        RequestContext.Clear();
        Assert.Empty(RequestContext.Entries);
    }
}
