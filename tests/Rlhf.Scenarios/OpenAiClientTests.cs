using System.ClientModel;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Rlhf.Server.Tests;

namespace Rlhf.Scenarios;

/// <summary>The contract: OpenAI's own client does not notice that it talks to somebody else.</summary>
public sealed class OpenAiClientTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly OpenAIClient _client = new(new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(fixture.Server.Address, "v1") });

    private ChatClient Chat => _client.GetChatClient("demo");

    [Fact]
    public async Task It_chats()
    {
        ChatCompletion completion = await Chat.CompleteChatAsync(
            [new SystemChatMessage("You take orders."), new UserChatMessage("A latte."), new AssistantChatMessage("Sure."), new UserChatMessage("Thanks.")],
            new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 6 });

        Assert.StartsWith("chatcmpl-", completion.Id);
        Assert.Equal("demo:base", completion.Model);
        Assert.Equal(ChatMessageRole.Assistant, completion.Role);
        Assert.Contains(completion.FinishReason, (ChatFinishReason[])[ChatFinishReason.Stop, ChatFinishReason.Length]);
        Assert.NotEmpty(completion.Content);
        Assert.Equal(completion.Usage.InputTokenCount + completion.Usage.OutputTokenCount, completion.Usage.TotalTokenCount);
        Assert.InRange(completion.Usage.OutputTokenCount, 1, 6);
        Assert.InRange(completion.CreatedAt, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task It_streams_what_it_would_have_answered_at_once()
    {
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 12 };
        ChatCompletion whole = await Chat.CompleteChatAsync([new UserChatMessage("A latte.")], options);

        var text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat.CompleteChatStreamingAsync([new UserChatMessage("A latte.")], options))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }

        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(whole.FinishReason, finish);
        Assert.Equal(whole.Usage.OutputTokenCount, usage?.OutputTokenCount);
    }

    [Fact]
    public async Task It_hears_how_much_of_a_next_turn_was_known()
    {
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 6 };
        List<ChatMessage> messages = [new SystemChatMessage("You take orders."), new UserChatMessage("A very large latte with oat milk and an extra shot, to go, please.")];
        ChatCompletion first = await Chat.CompleteChatAsync(messages, options);

        messages.AddRange([new AssistantChatMessage(first.Content[0].Text), new UserChatMessage("And a tea.")]);
        ChatCompletion next = await Chat.CompleteChatAsync(messages, options);

        Assert.InRange(next.Usage.InputTokenDetails.CachedTokenCount, first.Usage.InputTokenCount, next.Usage.InputTokenCount - 1);
    }

    [Fact]
    public async Task It_gets_what_its_schema_asks_for()
    {
        var schema = BinaryData.FromString("""{"type":"object","properties":{"drink":{"enum":["latte","tea"]},"cups":{"type":"integer","minimum":1,"maximum":9}},"required":["drink","cups"],"additionalProperties":false}""");
        ChatCompletion completion = await Chat.CompleteChatAsync(
            [new UserChatMessage("A latte.")],
            new ChatCompletionOptions { Temperature = 1.5f, MaxOutputTokenCount = 60, ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("order", schema, "What is ordered.", jsonSchemaIsStrict: true) });

        using var order = JsonDocument.Parse(completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Contains(order.RootElement.GetProperty("drink").GetString(), (string[])["latte", "tea"]);
        Assert.InRange(order.RootElement.GetProperty("cups").GetInt32(), 1, 9);
    }

    [Fact]
    public async Task It_gets_log_probabilities()
    {
        ChatCompletion completion = await Chat.CompleteChatAsync(
            [new UserChatMessage("A latte.")], new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 6, IncludeLogProbabilities = true });

        Assert.NotEmpty(completion.ContentTokenLogProbabilities);
        Assert.All(completion.ContentTokenLogProbabilities, token => Assert.InRange(token.LogProbability, -100, 0));
    }

    [Fact]
    public async Task It_lists_models()
    {
        var models = await _client.GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(["demo", "demo:base"], models.Value.Select(model => model.Id));
    }

    [Fact]
    public async Task It_reads_errors()
    {
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => _client.GetChatClient("gpt-4").CompleteChatAsync([new UserChatMessage("hi")]));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("gpt-4", unknown.Message);

        var wrong = await Assert.ThrowsAsync<ClientResultException>(() => Chat.CompleteChatAsync([new UserChatMessage("hi")], new ChatCompletionOptions { Temperature = 7 }));
        Assert.Equal(400, wrong.Status);
        Assert.Contains("temperature", wrong.Message);
    }
}
