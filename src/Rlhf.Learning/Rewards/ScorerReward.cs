using System.Text.Json.Nodes;
using Rlhf.Inference;

namespace Rlhf.Learning.Rewards;

/// <summary>
/// Scores by a service of the shape of OpenRLHF's remote reward model (<c>--remote_rm_url</c>): <c>{"query", "prompts", "labels"}</c> goes there, lists of as many
/// elements as there are replies, and <c>{"rewards"}</c> comes back, a list of numbers. <c>query</c> is prompt and reply as one text; <c>labels</c> are empty, since nobody
/// knows a right answer. Beside OpenRLHF's fields there is <c>messages</c>: each dialogue with its reply as OpenAI's messages.
/// </summary>
internal sealed class ScorerReward(ScorerOptions options) : IRewardComponent, IDisposable
{
    private readonly RewardService _service = new(RewardSum.Scorer, options.Url!, options);

    public double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken) =>
        [.. replies.Chunk(options.Batch).SelectMany(batch => _service.AskAsync(Question(batch), answer => Rewards(answer, batch.Length), cancellationToken).GetAwaiter().GetResult())];

    public void Dispose() => _service.Dispose();

    private static JsonObject Question(RewardedReply[] batch)
    {
        string[] prompts = [.. batch.Select(reply => Prompt(reply.Context))];
        return new JsonObject
        {
            ["query"] = new JsonArray([.. batch.Zip(prompts, (reply, prompt) => (JsonNode)(prompt + reply.Text))]),
            ["prompts"] = new JsonArray([.. prompts.Select(prompt => (JsonNode)prompt)]),
            ["labels"] = new JsonArray([.. batch.Select(_ => (JsonNode)"")]),
            ["messages"] = new JsonArray([.. batch.Select(reply => JudgePrompt.Messages([.. reply.Context, ("assistant", reply.Text)]))]),
        };
    }

    private static string Prompt(IReadOnlyList<DialogueMessage> context) => string.Concat(context.Select(message => $"{message.Role}: {message.Content}\n")) + "assistant: ";

    private static double[] Rewards(JsonNode answer, int count)
    {
        if (answer is not JsonObject || answer["rewards"] is not JsonArray rewards)
            throw new FormatException("'rewards' is missing or is no list");
        if (rewards.Count != count)
            throw new FormatException($"'rewards' has {rewards.Count} elements for {count} replies");
        return [.. rewards.Select(Number)];
    }

    // Some servers answer with a list of one number for each reply.
    private static double Number(JsonNode? reward, int index)
    {
        var value = reward is JsonArray { Count: 1 } single ? single[0] : reward;
        return value is JsonValue && value.AsValue().TryGetValue(out double number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"element {index + 1} of 'rewards' is {value?.ToJsonString() ?? "null"}, which is no finite number");
    }
}
