using System.Diagnostics.Metrics;
using Rlhf.Contracts;

namespace Rlhf.Grains.Tests.Serving;

public sealed class ReuseTests
{
    [Fact]
    public async Task A_conversations_next_turn_goes_on_from_its_last_and_the_meter_says_so()
    {
        await using var silo = await TestSilo.StartAsync();
        var first = TestSilo.Ask("I would like a large latte with oat milk, please, and a small cappuccino for my friend.");
        var (_, reply, _) = await silo.ChatAsync("breakfast", first);
        Assert.Equal(0, Read(silo, "rlhf.serving.prompt.tokens.reused"));
        var all = Read(silo, "rlhf.serving.prompt.tokens");

        await silo.ChatAsync("breakfast", first with { Messages = [.. first.Messages, new ChatMessage("assistant", reply), new ChatMessage("user", "To go.")] });

        Assert.Equal((2, 1), (Read(silo, "rlhf.serving.prompts"), Read(silo, "rlhf.serving.cache.hits")));
        Assert.InRange(Read(silo, "rlhf.serving.prompt.tokens.reused"), all, long.MaxValue);
        Assert.Equal(Read(silo, "rlhf.serving.cache.size"), Read(silo, "rlhf.serving.cache.kept"));
    }

    [Fact]
    public async Task What_one_version_read_is_read_anew_by_another()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", seed: 1);
        await silo.Catalog.PublishAsync("v1");
        var question = "I would like a large latte with oat milk, please, and a small cappuccino for my friend.";
        await silo.ChatAsync("breakfast", TestSilo.Ask(question, version: "base"));
        await silo.ChatAsync("breakfast", TestSilo.Ask(question, version: "v1"));
        Assert.Equal(0, silo.Engine.Cache.ReusedTokens);
        await silo.ChatAsync("lunch", TestSilo.Ask(question, version: "v1"));
        Assert.NotEqual(0, silo.Engine.Cache.ReusedTokens);
    }

    /// <summary>What this silo's meter says.</summary>
    private static long Read(TestSilo silo, string name)
    {
        long? value = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Scope == silo.Engine && instrument.Name == name)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, measured, _, _) => value = measured);
        listener.Start();
        listener.RecordObservableInstruments();
        return value ?? throw new InvalidOperationException($"There is no instrument '{name}'.");
    }
}
