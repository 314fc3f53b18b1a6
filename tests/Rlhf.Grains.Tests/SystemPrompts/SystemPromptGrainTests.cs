using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.SystemPrompts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.SystemPrompts;

public sealed class SystemPromptGrainTests
{
    [Fact]
    public async Task Versions_are_numbered_kept_over_a_restart_and_can_be_activated_again()
    {
        await using var silo = await TestSilo.StartAsync();
        await Prompts(silo).PutAsync("Be brief.");
        await Prompts(silo).PutAsync("Be kind.");
        await Prompts(silo).PutAsync("Be kind."); // says nothing new
        await silo.RestartAsync();

        var prompts = await Prompts(silo).ListAsync();
        Assert.Equal([(1, "Be brief."), (2, "Be kind.")], prompts.Versions.Select(prompt => (prompt.Version, prompt.Text)));
        Assert.Equal(2, prompts.Active!.Version);
        Assert.Equal(1, (await Prompts(silo).ActivateAsync(1)).Active!.Version);
        Assert.Null((await Prompts(silo).DeactivateAsync()).Active);
        Assert.Equal(3, (await Prompts(silo).PutAsync("Be brief.")).Active!.Version); // a number stands for one act of putting
        Assert.Equal(Refusal.NotFound, (await Assert.ThrowsAsync<RefusedException>(() => Prompts(silo).ActivateAsync(4))).Refusal);
    }

    [Fact]
    public async Task Replies_are_drawn_under_it_unless_the_request_has_a_system_message_of_its_own()
    {
        await using var silo = await TestSilo.StartAsync();
        await Prompts(silo).PutAsync("Be brief.");
        await silo.RestartAsync(); // a silo knows it before it draws
        var own = new ChatMessage("system", "Be long.");
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.ChatAsync("c", TestSilo.Ask("") with { Messages = [own, new ChatMessage("user", "A latte.")] });

        var turns = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns;
        Assert.Equal((1, new ChatMessage("system", "Be brief."), 2), (turns[0].SystemPrompt!.Value, turns[0].Messages[0], turns[0].Messages.Length));
        Assert.Equal((null, own, 2), (turns[1].SystemPrompt, turns[1].Messages[0], turns[1].Messages.Length));
        var plain = await silo.ChatAsync("other", TestSilo.Ask("") with { Messages = turns[0].Messages });
        Assert.Equal(plain.Text, turns[0].Reply);
    }

    [Fact]
    public async Task A_history_on_the_server_goes_on_under_the_one_that_is_active_then()
    {
        await using var silo = await TestSilo.StartAsync();
        var cache = silo.Get<SystemPromptCache>();
        cache.Adopt(await Prompts(silo).PutAsync("Be brief."));
        await silo.ChatAsync("c", TestSilo.Ask("A latte.") with { ServerHistory = true });
        cache.Adopt(await Prompts(silo).PutAsync("Be kind."));
        await silo.ChatAsync("c", TestSilo.Ask("A tea.") with { ServerHistory = true });
        cache.Adopt(await Prompts(silo).DeactivateAsync());
        await silo.ChatAsync("c", TestSilo.Ask("A chai.") with { ServerHistory = true });

        var turns = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns;
        Assert.Equal([1, 2, null], turns.Select(turn => turn.SystemPrompt));
        Assert.Equal(["system", "user", "assistant", "user"], turns[1].Messages.Select(message => message.Role));
        Assert.Equal("Be kind.", turns[1].Messages[0].Content);
        Assert.Equal(["user", "assistant", "user", "assistant", "user"], turns[2].Messages.Select(message => message.Role));
    }

    [Fact]
    public async Task A_silo_hears_of_a_change_by_itself()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.RefreshEvery = TimeSpan.FromMilliseconds(100)));
        await Prompts(silo).PutAsync("Be brief.");
        Assert.True(SpinWait.SpinUntil(() => silo.Get<SystemPromptCache>().Active?.Version == 1, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task One_that_leaves_a_dialogue_no_room_is_refused()
    {
        await using var silo = await TestSilo.StartAsync();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Prompts(silo).PutAsync(string.Concat(Enumerable.Repeat("Be brief and kind. ", 200))));
        Assert.Equal((Refusal.Invalid, "text"), (refused.Refusal, refused.Param));
        Assert.Contains("tokens", refused.Message);
        Assert.Null((await Prompts(silo).GetActiveAsync()).Active);
    }

    [Fact]
    public async Task The_oldest_versions_give_way()
    {
        await using var silo = await TestSilo.StartAsync();
        for (var i = 1; i <= SystemPromptGrain.MostVersions + 1; i++)
        {
            await Prompts(silo).PutAsync($"{i}");
        }

        var kept = (await Prompts(silo).ListAsync()).Versions;
        Assert.Equal((SystemPromptGrain.MostVersions, 2), (kept.Length, kept[0].Version));
        Assert.Contains("not kept", (await Assert.ThrowsAsync<RefusedException>(() => Prompts(silo).ActivateAsync(1))).Message);
    }

    private static ISystemPromptGrain Prompts(TestSilo silo) => silo.Grain<ISystemPromptGrain>("demo");
}
