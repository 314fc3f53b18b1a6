using System.Diagnostics;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Chat;

/// <summary>
/// Follows a request from its start to its last token: its span, by OpenTelemetry's conventions for generative AI, and what the metrics say of
/// it. What was said, by whom and in which conversation is in neither.
/// </summary>
internal sealed class ChatTrace : IDisposable
{
    /// <summary>What kind of request this is.</summary>
    public const string Operation = "chat";

    /// <summary>Whose models these are.</summary>
    public const string Provider = "rlhf";

    private static readonly ActivitySource Source = new("Rlhf.Chat");

    private readonly CompletionRequest _request;
    private readonly Activity? _span;
    private readonly long _began = Stopwatch.GetTimestamp();
    private Completion? _completion;
    private string? _error;

    private ChatTrace(CompletionRequest request)
    {
        _request = request;
        _span = Source.StartActivity($"{Operation} {request.Model}");
        if (_span is { IsAllDataRequested: true })
        {
            Describe(_span);
        }
    }

    private string Model => _request.Model.ToString();

    /// <summary>Begins with a request that names a model which is served.</summary>
    public static ChatTrace Begin(CompletionRequest request) => new(request);

    /// <summary>Every choice has its first piece.</summary>
    public void Opened(Completion completion) => _completion = completion;

    /// <summary>There is no more to come.</summary>
    public void Failed(Failure failure) => _error = failure.Code ?? $"{failure.Status}";

    public void Dispose()
    {
        var elapsed = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        var whole = _completion is not null && _completion.Choices.All(choice => choice.FinishReason is not null);
        var error = whole ? null : _error ?? "canceled"; // who leaves early says no more than that
        ChatMeter.Ended(Model, _completion?.Model, elapsed, error);
        if (_completion is { } completion)
        {
            Measure(completion);
        }

        if (error is not null)
        {
            _span?.SetTag("error.type", error).SetStatus(_error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }

        _span?.Dispose();
    }

    private void Measure(Completion completion)
    {
        var (input, output) = (completion.Choices[0].First.PromptTokens, completion.Choices.Sum(choice => choice.Tokens));
        ChatMeter.Used(Model, completion.Model, input, output);
        foreach (var choice in completion.Choices.Where(choice => choice.FinishReason is not null))
        {
            ChatMeter.Replied(Model, completion.ModelOf(choice), Stopwatch.GetElapsedTime(_began, choice.FirstAt).TotalSeconds, choice.SecondsPerToken);
        }

        _span?
            .SetTag("gen_ai.response.model", completion.Model)
            .SetTag("gen_ai.response.finish_reasons", completion.Choices.Select(choice => choice.FinishReason ?? "").ToArray())
            .SetTag("gen_ai.usage.input_tokens", input)
            .SetTag("gen_ai.usage.output_tokens", output);
    }

    private void Describe(Activity span)
    {
        var sampling = _request.Chat.Sampling;
        span.SetTag("gen_ai.operation.name", Operation)
            .SetTag("gen_ai.provider.name", Provider)
            .SetTag("gen_ai.request.model", Model)
            .SetTag("gen_ai.request.temperature", sampling.Temperature)
            .SetTag("gen_ai.request.top_p", sampling.TopP)
            .SetTag("gen_ai.request.max_tokens", sampling.MaxTokens);
        if (sampling.FrequencyPenalty != 0)
        {
            span.SetTag("gen_ai.request.frequency_penalty", sampling.FrequencyPenalty);
        }

        if (sampling.PresencePenalty != 0)
        {
            span.SetTag("gen_ai.request.presence_penalty", sampling.PresencePenalty);
        }

        if (_request.Choices != 1)
        {
            span.SetTag("gen_ai.request.choice.count", _request.Choices);
        }

        if (_request.Chat.BestOf is { } several)
        {
            span.SetTag("rlhf.request.best_of", several);
        }
    }
}
