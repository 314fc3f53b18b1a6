namespace Rlhf.Inference;

/// <summary>How a token is drawn from the model's distribution.</summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by this; 0 takes the likeliest token.</summary>
    /// <value>The default value is 1.</value>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the likeliest tokens whose probabilities reach this sum are drawn from.</summary>
    /// <value>The default value is 1: all tokens.</value>
    public double TopP { get; init; } = 1;

    /// <summary>Only this many of the likeliest tokens are drawn from.</summary>
    /// <value>The default value is 0: all tokens.</value>
    public int TopK { get; init; }

    /// <summary>The same seed gives the same reply, alone or in any company.</summary>
    /// <value>The default value is <see langword="null"/>: a seed of the engine's choice.</value>
    public ulong? Seed { get; init; }

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the value and its range.</exception>
    public void Validate()
    {
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "The temperature must be 0 or more.");
        if (!(TopP > 0 && TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(TopP), TopP, "top_p must be above 0 and at most 1.");
        if (TopK < 0)
            throw new ArgumentOutOfRangeException(nameof(TopK), TopK, "top_k must be 0, for all tokens, or more.");
    }
}
