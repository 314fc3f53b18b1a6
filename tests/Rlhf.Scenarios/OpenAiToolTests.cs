using System.ClientModel;
using System.Text;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Rlhf.Server.Tests;
using Rlhf.Server.Tests.Chat;

namespace Rlhf.Scenarios;

/// <summary>The contract of tools with OpenAI's own client for .NET.</summary>
public sealed class OpenAiToolTests(ToolServer fixture) : IClassFixture<ToolServer>
{
    private static readonly ChatTool Order = ChatTool.CreateFunctionTool("order", "Orders a drink.", BinaryData.FromString(ToolServer.Order), functionSchemaIsStrict: true);
    private readonly ChatClient _chat = new OpenAIClient(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(fixture.Server.Address, "v1") }).GetChatClient("demo");

    [Fact]
    public async Task It_calls_the_function_says_what_that_said_and_hears_an_answer()
    {
        var options = Options(ChatToolChoice.CreateFunctionChoice("order"));
        List<ChatMessage> messages = [new UserChatMessage("A latte.")];
        ChatCompletion called = await _chat.CompleteChatAsync(messages, options);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Empty(called.Content);
        Assert.All(called.ToolCalls, call => AssertOrder(call.FunctionName, call.FunctionArguments.ToString()));

        messages.AddRange([new AssistantChatMessage(called), .. called.ToolCalls.Select(call => new ToolChatMessage(call.Id, "done"))]);
        options.ToolChoice = ChatToolChoice.CreateNoneChoice();
        ChatCompletion answer = await _chat.CompleteChatAsync(messages, options);
        Assert.NotEmpty(answer.Content);
    }

    [Fact]
    public async Task It_streams_a_call()
    {
        var (id, name, arguments, finish) = ("", "", new StringBuilder(), (ChatFinishReason?)null);
        await foreach (var update in _chat.CompleteChatStreamingAsync([new UserChatMessage("A latte.")], Options(ChatToolChoice.CreateRequiredChoice())))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                (id, name) = (id + call.ToolCallId, name + call.FunctionName);
                arguments.Append(call.FunctionArgumentsUpdate);
            }

            finish = update.FinishReason ?? finish;
        }

        Assert.Equal(ChatFinishReason.ToolCalls, finish);
        Assert.StartsWith("call_", id);
        AssertOrder(name, arguments.ToString());
    }

    [Fact]
    public async Task It_leaves_the_choice_to_the_model()
    {
        ChatCompletion free = await _chat.CompleteChatAsync([new UserChatMessage("A latte.")], Options(ChatToolChoice.CreateAutoChoice()));
        Assert.True(free.FinishReason == ChatFinishReason.ToolCalls ? free.ToolCalls.Count > 0 : free.Content.Count > 0);
    }

    private static ChatCompletionOptions Options(ChatToolChoice choice) =>
        new() { Tools = { Order }, ToolChoice = choice, AllowParallelToolCalls = false, MaxOutputTokenCount = 200 };

    private static void AssertOrder(string name, string arguments)
    {
        Assert.Equal("order", name);
        using var order = JsonDocument.Parse(arguments);
        Assert.Contains(order.RootElement.GetProperty("drink").GetString(), (string[])["latte", "tea"]);
        Assert.InRange(order.RootElement.GetProperty("cups").GetInt32(), 1, 9);
    }
}
