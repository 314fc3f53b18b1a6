using System.Text.Json.Serialization;

namespace Rlhf.Learning.RewardModel;

/// <summary>How the scores of an ensemble's heads become one conservative reward.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConservativeReward>))]
public enum ConservativeReward
{
    /// <summary>A lower confidence bound, the mean less λ standard deviations over the heads: ours.</summary>
    LowerConfidenceBound,

    /// <summary>The least of the scores, worst-case optimisation (WCO, Coste et al. 2023, arXiv 2310.02743); λ does not count.</summary>
    WorstCase,

    /// <summary>The mean less λ times the variance over the heads, uncertainty-weighted optimisation (UWO, the same paper: λ 0.1 in PPO, 0.5 in
    /// best-of-n).</summary>
    UncertaintyWeighted,
}
