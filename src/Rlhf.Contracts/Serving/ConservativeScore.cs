using Orleans;

namespace Rlhf.Contracts;

/// <summary>How the scores of a reward model's heads become one cautious score.</summary>
[GenerateSerializer, Alias("rlhf.ConservativeScore")]
public enum ConservativeScore
{
    /// <summary>The mean less λ standard deviations over the heads.</summary>
    UncertaintyWeighted,

    /// <summary>The least of the scores; λ does not count.</summary>
    WorstCase,
}
