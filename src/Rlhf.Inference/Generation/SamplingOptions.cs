namespace Rlhf.Inference;

/// <summary>How a token is drawn from the model's distribution.</summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by this; 0 takes the likeliest token.</summary>
    /// <value>The default value is 1.</value>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the likeliest tokens whose probabilities reach this sum are drawn from; 0 takes the likeliest.</summary>
    /// <value>The default value is 1: all tokens.</value>
    public double TopP { get; init; } = 1;

    /// <summary>Only this many of the likeliest tokens are drawn from.</summary>
    /// <value>The default value is 0: all tokens.</value>
    public int TopK { get; init; }

    /// <summary>The same seed gives the same reply, alone or in any company.</summary>
    /// <value>The default value is <see langword="null"/>: a seed of the engine's choice.</value>
    public ulong? Seed { get; init; }

    /// <summary>What is added to the logits of tokens, by their ids.</summary>
    /// <value>The default value is <see langword="null"/>: nothing.</value>
    public IReadOnlyDictionary<int, double>? LogitBias { get; init; }

    /// <summary>What a token's logit loses for each time that the token is in the reply already.</summary>
    /// <value>The default value is 0.</value>
    public double FrequencyPenalty { get; init; }

    /// <summary>What a token's logit loses once the token is in the reply.</summary>
    /// <value>The default value is 0.</value>
    public double PresencePenalty { get; init; }

    /// <summary>How many of the likeliest tokens are told beside each that is drawn.</summary>
    /// <value>The default value is 0.</value>
    public int TopLogProbs { get; init; }

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the value and its range.</exception>
    public void Validate()
    {
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "The temperature must be 0 or more.");
        if (!(TopP >= 0 && TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(TopP), TopP, "top_p must be from 0 to 1.");
        if (TopK < 0)
            throw new ArgumentOutOfRangeException(nameof(TopK), TopK, "top_k must be 0, for all tokens, or more.");
        if (!double.IsFinite(FrequencyPenalty))
            throw new ArgumentOutOfRangeException(nameof(FrequencyPenalty), FrequencyPenalty, "The frequency penalty must be finite.");
        if (!double.IsFinite(PresencePenalty))
            throw new ArgumentOutOfRangeException(nameof(PresencePenalty), PresencePenalty, "The presence penalty must be finite.");
        if (TopLogProbs < 0)
            throw new ArgumentOutOfRangeException(nameof(TopLogProbs), TopLogProbs, "top_logprobs must be 0 or more.");
        foreach ((int id, double bias) in LogitBias ?? new Dictionary<int, double>())
        {
            if (!double.IsFinite(bias))
                throw new ArgumentOutOfRangeException(nameof(LogitBias), bias, $"The bias of token {id} must be finite.");
        }
    }
}
