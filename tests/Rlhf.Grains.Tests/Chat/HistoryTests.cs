using Rlhf.Contracts;
using Rlhf.Grains.Chat;

namespace Rlhf.Grains.Tests.Chat;

/// <summary>What a request goes on with that brings only what is new, where tools are called.</summary>
public sealed class HistoryTests
{
    private static readonly ChatMessage Earlier = new(ChatMessage.Tools, "[1]"), Shown = new(ChatMessage.Tools, "[2]");
    private static readonly ChatMessage System = new("system", "Be brief."), User = new("user", "A latte.");
    private static readonly ChatMessage Calls = new(
        "assistant", "", ToolCalls.Write([new ToolCall("call_1", ToolCalls.OfFunction, new CalledFunction("order", "{}"))]));

    [Fact]
    public void A_reply_that_called_tools_is_gone_on_from_with_its_calls_and_the_requests_own_tools()
    {
        var result = new ChatMessage("tool", "done", ToolCallId: "call_1");
        var (messages, parent) = History.Of("c", [Turn(systemPrompt: null)], Request(Shown, result));
        Assert.Equal([Shown, System, User, Calls, result], messages.AsEnumerable());
        Assert.Equal(1, parent);
        Assert.Equal([System, User, Calls, result], History.Of("c", [Turn(systemPrompt: null)], Request(result)).Messages.AsEnumerable());
    }

    [Fact]
    public void A_stored_system_prompt_gives_way_to_the_one_in_use_behind_tools_too()
    {
        var result = new ChatMessage("tool", "done", ToolCallId: "call_1");
        Assert.Equal([Shown, User, Calls, result], History.Of("c", [Turn(systemPrompt: 3)], Request(Shown, result)).Messages.AsEnumerable());
    }

    [Fact]
    public void Calls_without_results_and_results_without_calls_are_refused()
    {
        Assert.Equal("messages", Refused(User).Param);
        var stranger = Refused(new ChatMessage("tool", "done", ToolCallId: "call_9"));
        Assert.Equal("messages[0].tool_call_id", stranger.Param);
        Assert.Contains("call_1", stranger.Message);
        Assert.Equal("messages[0].role", Assert.Throws<RefusedException>(() => History.Of("c", [], Request(Shown, new ChatMessage("tool", "done", ToolCallId: "call_1")))).Param);

        static RefusedException Refused(ChatMessage message) => Assert.Throws<RefusedException>(() => History.Of("c", [Turn(systemPrompt: null)], Request(message)));
    }

    [Theory]
    [InlineData("{\"drink\":\"lat")]
    [InlineData("")]
    public void A_call_that_was_cut_short_is_left_out_and_the_dialogue_goes_on(string cut)
    {
        var unfinished = new ToolCall("call_2", ToolCalls.OfFunction, new CalledFunction("order", cut));
        var alone = Turn(systemPrompt: null) with { FinishReason = "length", Message = new ChatMessage("assistant", "One moment.", ToolCalls.Write([unfinished])) };
        Assert.Equal([System, User, new ChatMessage("assistant", "One moment."), User], History.Of("c", [alone], Request(User)).Messages.AsEnumerable());

        var second = alone with { Message = Calls with { ToolCalls = ToolCalls.Write([.. ToolCalls.Read(Calls.ToolCalls!), unfinished]) } };
        var result = new ChatMessage("tool", "done", ToolCallId: "call_1");
        Assert.Equal([System, User, Calls, result], History.Of("c", [second], Request(result)).Messages.AsEnumerable());
        var stranger = Assert.Throws<RefusedException>(() => History.Of("c", [second], Request(result with { ToolCallId = "call_2" })));
        Assert.Equal("messages[0].tool_call_id", stranger.Param);
    }

    private static ChatRequest Request(params ChatMessage[] messages) => TestSilo.Ask("") with { Messages = [.. messages], ServerHistory = true };

    private static Turn Turn(int? systemPrompt) => new(
        "c", 1, "base", [Earlier, System, User], "…", [], [], 1, "tool_calls", DateTimeOffset.UnixEpoch, SystemPrompt: systemPrompt, Message: Calls);
}
