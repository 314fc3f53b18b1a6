using System.Text.Json.Serialization;

namespace Rlhf.Learning.Reward;

/// <summary>How the scores of an ensemble's heads become one cautious reward (Coste et al. 2023, arXiv 2310.02743).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConservativeReward>))]
public enum ConservativeReward
{
    /// <summary>The mean less λ standard deviations over the heads (UWO).</summary>
    UncertaintyWeighted,

    /// <summary>The least of the scores (WCO); λ does not count.</summary>
    WorstCase,
}
