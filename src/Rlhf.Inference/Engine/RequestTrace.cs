using System.Diagnostics;

namespace Rlhf.Inference;

/// <summary>
/// What a request goes through, as spans: the whole, and in it the wait for a place, the reading of the prompt and the drawing of the reply, of which each
/// step is an event. The engine's thread only notes times; the spans are made where the request came from.
/// </summary>
internal sealed class RequestTrace : IDisposable
{
    private static readonly ActivitySource Source = new("Rlhf.Inference");

    private readonly Lock _gate = new();
    private readonly Activity _whole;
    private readonly long _submitted = Stopwatch.GetTimestamp();
    private readonly List<(long At, int Sequences, int Rows)> _draws = [];
    private long _admitted;
    private int _reused;
    private FinishReason? _finish;
    private Exception? _error;

    private RequestTrace(Activity whole) => _whole = whole;

    /// <summary>Begins below the caller's span; null where nobody listens, so that the engine's thread has nothing to do.</summary>
    public static RequestTrace? Begin(GenerationRequest request)
    {
        Activity? caller = Activity.Current;
        if (Source.StartActivity("generate") is not { } whole)
            return null;
        Activity.Current = caller;
        whole.SetTag("rlhf.version", request.Version).SetTag("gen_ai.usage.input_tokens", request.Prompt.Count);
        return new RequestTrace(whole);
    }

    /// <summary>The request has a place.</summary>
    /// <param name="reused">Tokens of its prompt that need not be computed.</param>
    public void Admitted(int reused)
    {
        lock (_gate)
            (_admitted, _reused) = (Stopwatch.GetTimestamp(), reused);
    }

    /// <summary>A step has drawn a token.</summary>
    /// <param name="sequences">Sequences that took part in the step.</param>
    /// <param name="rows">Tokens that went through the model in the step.</param>
    /// <param name="finish">Set with the last token.</param>
    public void Drew(int sequences, int rows, FinishReason? finish)
    {
        lock (_gate)
        {
            _draws.Add((Stopwatch.GetTimestamp(), sequences, rows));
            _finish = finish;
        }
    }

    /// <summary>There will be no more tokens.</summary>
    public void Failed(Exception error)
    {
        lock (_gate)
            _error = error;
    }

    /// <summary>Ends the spans.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            long placed = _admitted == 0 ? now : _admitted;
            long read = _draws is [var first, ..] ? first.At : now;
            Phase("queue", _submitted, placed);
            if (_admitted != 0)
                Phase("prefill", placed, read, phase => phase.SetTag("rlhf.prompt.reused_tokens", _reused));
            if (_draws.Count > 0)
                Phase("decode", read, _draws[^1].At, DescribeDraws);
            Describe();
            _whole.Stop();
        }
    }

    private void Describe()
    {
        _whole.SetTag("gen_ai.usage.output_tokens", _draws.Count);
        if (_finish is { } finish)
            _whole.SetTag("gen_ai.response.finish_reasons", new[] { finish.ToString().ToLowerInvariant() });
        else if (_error is { } error)
            _whole.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.GetType().FullName);
        else
            _whole.SetTag("rlhf.abandoned", true);
    }

    private void DescribeDraws(Activity decode)
    {
        foreach ((long at, int sequences, int rows) in _draws)
            decode.AddEvent(new ActivityEvent("step", Time(at), new ActivityTagsCollection { ["rlhf.step.sequences"] = sequences, ["rlhf.step.rows"] = rows }));
    }

    private void Phase(string name, long from, long to, Action<Activity>? describe = null)
    {
        using Activity? phase = Source.StartActivity(name, ActivityKind.Internal, _whole.Context, startTime: Time(from));
        if (phase is { IsAllDataRequested: true })
            describe?.Invoke(phase);
        phase?.SetEndTime(Time(to).UtcDateTime);
    }

    private DateTimeOffset Time(long timestamp) => new DateTimeOffset(_whole.StartTimeUtc) + Stopwatch.GetElapsedTime(_submitted, timestamp);
}
