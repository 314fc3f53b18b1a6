using Orleans;

namespace Rlhf.Contracts;

/// <summary>How the scores of a reward model's heads become one cautious score.</summary>
[GenerateSerializer, Alias("rlhf.ConservativeScore")]
public enum ConservativeScore
{
    /// <summary>A lower confidence bound: the mean less λ standard deviations over the heads.</summary>
    LowerConfidenceBound,

    /// <summary>The least of the scores; λ does not count.</summary>
    WorstCase,

    /// <summary>The mean less λ times the variance over the heads.</summary>
    UncertaintyWeighted,
}
