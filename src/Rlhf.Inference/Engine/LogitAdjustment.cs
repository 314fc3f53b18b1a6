namespace Rlhf.Inference;

/// <summary>
/// Biases and penalties of one reply, as OpenAI defines them: logit[id] − count[id] · frequency − [count[id] > 0] · presence + bias[id], where count is of
/// the tokens that the reply has so far. Each takes as long as there are such tokens, whatever the vocabulary's size.
/// </summary>
internal sealed unsafe class LogitAdjustment
{
    private readonly double _frequency;
    private readonly double _presence;
    private readonly (int Id, float Bias)[] _biases;
    private readonly Dictionary<int, int>? _counts;

    private LogitAdjustment(SamplingOptions options)
    {
        (_frequency, _presence) = (options.FrequencyPenalty, options.PresencePenalty);
        _biases = options.LogitBias is { } biases ? [.. biases.Select(bias => (bias.Key, (float)bias.Value))] : [];
        _counts = options is { FrequencyPenalty: 0, PresencePenalty: 0 } ? null : [];
    }

    /// <summary>Of a reply that was asked for so; null where its logits stay as they are.</summary>
    public static LogitAdjustment? Of(SamplingOptions options) =>
        options is { FrequencyPenalty: 0, PresencePenalty: 0, LogitBias: null or { Count: 0 } } ? null : new LogitAdjustment(options);

    /// <summary>Adjusts the logits of the next token in their place.</summary>
    public void Apply(float* logits)
    {
        if (_counts is not null)
        {
            foreach ((int id, int count) in _counts)
                logits[id] -= (float)((count * _frequency) + _presence);
        }

        foreach ((int id, float bias) in _biases)
            logits[id] += bias;
    }

    /// <summary>Takes note that a token was drawn.</summary>
    public void Count(int id)
    {
        if (_counts is not null)
            _counts[id] = _counts.GetValueOrDefault(id) + 1;
    }
}
