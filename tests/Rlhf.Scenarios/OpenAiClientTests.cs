using System.ClientModel;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using OpenAI.Chat;
using Rlhf.Inference;
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
    public async Task It_sets_how_a_reply_is_drawn_and_hears_what_else_was_likely()
    {
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 12,
            Temperature = 0,
            TopP = 0,
            FrequencyPenalty = 1,
            PresencePenalty = 1,
            LogitBiases = { [97] = -100 },
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 5,
            Metadata = { ["app"] = "till" },
        };
        ChatCompletion completion = await Chat.CompleteChatAsync([new UserChatMessage("A latte.")], options);

        Assert.NotEmpty(completion.ContentTokenLogProbabilities);
        Assert.All(completion.ContentTokenLogProbabilities, token =>
        {
            Assert.Equal(5, token.TopLogProbabilities.Count);
            Assert.Equal(token.Token, token.TopLogProbabilities[0].Token);
        });
    }

    [Fact]
    public async Task It_may_ask_that_nothing_is_stored()
    {
        ChatCompletion completion = await Chat.CompleteChatAsync([new UserChatMessage("A latte.")], new ChatCompletionOptions { StoredOutputEnabled = false, MaxOutputTokenCount = 4 });
        var (status, error) = await fixture.Server.PostAsync("v1/feedback", new { completion_id = completion.Id, thumbs = "up", rater = "ann" });
        Assert.Equal(404, status);
        Assert.Contains("store: false", (string?)error["error"]!["message"]);
    }

    [Fact]
    public async Task It_hears_that_the_model_has_no_place_for_tools_and_under_which_id_it_asked()
    {
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("order") } };
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Chat.CompleteChatAsync([new UserChatMessage("A latte.")], options));
        Assert.Equal(400, refused.Status);
        Assert.Contains("no place for tools", refused.Message);
        Assert.Contains("'tools'", refused.Message);
        Assert.True(refused.GetRawResponse()!.Headers.TryGetValue("x-request-id", out var id) && id!.StartsWith("req_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_leaves_in_the_middle_of_a_stream_and_nothing_more_is_drawn()
    {
        using var leave = new CancellationTokenSource();
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 230, LogitBiases = { [0] = -100 } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Chat.CompleteChatStreamingAsync([new UserChatMessage("A latte.")], options, leave.Token))
            {
                await leave.CancelAsync();
            }
        });
        var engine = fixture.Server.Services.GetRequiredService<DecodeEngine>();
        await RunningServer.Until(() => engine.Running == 0);
    }

    [Fact]
    public async Task It_lists_models()
    {
        var models = await _client.GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(["demo", "demo:base"], models.Value.Select(model => model.Id));
        Assert.All(models.Value, model => Assert.InRange(model.CreatedAt, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)));
    }

    [Fact]
    public async Task It_reads_errors()
    {
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => _client.GetChatClient("gpt-4").CompleteChatAsync([new UserChatMessage("hi")]));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("gpt-4", unknown.Message);

        var model = await _client.GetOpenAIModelClient().GetModelAsync("demo:base");
        Assert.Equal("demo:base", model.Value.Id);

        var wrong = await Assert.ThrowsAsync<ClientResultException>(() => Chat.CompleteChatAsync([new UserChatMessage("hi")], new ChatCompletionOptions { Temperature = 7 }));
        Assert.Equal(400, wrong.Status);
        Assert.Contains("temperature", wrong.Message);
    }
}
