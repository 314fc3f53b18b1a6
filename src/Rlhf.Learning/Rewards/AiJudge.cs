using System.Net;
using System.Text.Json.Nodes;
using Rlhf.Inference;

namespace Rlhf.Learning.Rewards;

/// <summary>A model behind an address of OpenAI's shape that judges replies by a constitution (constitutional AI, Bai et al. 2022; LLM as a judge, Zheng et al. 2023).</summary>
/// <param name="options">Where and how it is asked.</param>
/// <param name="constitution">What it judges by.</param>
public sealed class AiJudge(JudgeOptions options, string constitution) : IDisposable
{
    private readonly RewardService _service = new(RewardSum.Judge, new Uri($"{options.Url!.AbsoluteUri.TrimEnd('/')}/chat/completions"), options);
    private volatile bool _asksForFormat = options.JsonSchema;

    /// <summary>A score of each reply, from -1 to 1. The same reply to the same conversation is asked about once.</summary>
    /// <exception cref="RewardComponentException">The judge gives no readable score.</exception>
    public async Task<double[]> ScoreAsync(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken)
    {
        var questions = replies.Select(reply => JudgePrompt.Score(constitution, reply)).ToArray();
        return await AskAsync(questions, JudgePrompt.ScoreFormat, JudgeAnswer.Score, cancellationToken);
    }

    /// <summary>For each pair of replies 1 where the first is better, -1 where the second is, and the mean of both where the judge changes its mind with their order.</summary>
    /// <exception cref="RewardComponentException">The judge gives no readable verdict.</exception>
    public async Task<double[]> CompareAsync(IReadOnlyList<(IReadOnlyList<DialogueMessage> Context, string First, string Second)> pairs, CancellationToken cancellationToken)
    {
        var questions = pairs.SelectMany(pair => new[]
        {
            JudgePrompt.Compare(constitution, pair.Context, pair.First, pair.Second),
            JudgePrompt.Compare(constitution, pair.Context, pair.Second, pair.First),
        }).ToArray();
        var verdicts = await AskAsync(questions, JudgePrompt.CompareFormat, JudgeAnswer.Better, cancellationToken);
        return [.. verdicts.Chunk(2).Select(orders => (orders[0] - orders[1]) / 2)];
    }

    /// <inheritdoc/>
    public void Dispose() => _service.Dispose();

    private async Task<double[]> AskAsync((string System, string User)[] questions, Func<JsonObject> format, Func<string, double> read, CancellationToken cancellationToken)
    {
        var distinct = questions.Distinct().ToArray();
        var answers = new double[distinct.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, distinct.Length),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (i, stop) => answers[i] = await AskAsync(distinct[i], format, read, stop));
        var answerOf = distinct.Zip(answers).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. questions.Select(question => answerOf[question])];
    }

    private async Task<double> AskAsync((string System, string User) question, Func<JsonObject> format, Func<string, double> read, CancellationToken cancellationToken)
    {
        if (_asksForFormat)
        {
            try
            {
                return await _service.AskAsync(Body(question, format()), answer => read(Content(answer)), cancellationToken);
            }
            catch (RewardComponentException e) when (e.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
            {
                // it may not know response_format; should something else be wrong, it says so again
            }
        }

        var score = await _service.AskAsync(Body(question, null), answer => read(Content(answer)), cancellationToken);
        _asksForFormat = false;
        return score;
    }

    private JsonObject Body((string System, string User) question, JsonObject? format)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["messages"] = JudgePrompt.Messages([("system", question.System), ("user", question.User)]),
            ["store"] = false,
        };
        if (options.Temperature is { } temperature)
            body["temperature"] = temperature;
        if (options.MaxTokens > 0)
            body["max_tokens"] = options.MaxTokens;
        if (format is not null)
            body["response_format"] = format;
        return body;
    }

    private static string Content(JsonNode answer) =>
        answer is JsonObject && answer["choices"] is JsonArray and [JsonObject choice, ..] && choice["message"] is JsonObject message && message["content"] is JsonValue content
        && content.TryGetValue(out string? text)
            ? text
            : throw new FormatException("'choices[0].message.content' is missing or is no text");
}
