namespace Rlhf.WebConsole.Figures;

/// <summary>Figures that are shown in one chart.</summary>
/// <param name="Title">What they are.</param>
/// <param name="Metrics">Their names, and how the chart calls them.</param>
public sealed record Curve(string Title, params (string Metric, string Name)[] Metrics)
{
    /// <summary>What tells whether learning goes well.</summary>
    public static IReadOnlyList<Curve> All { get; } =
    [
        new("Win rate against the live version", ("gate/win_rate", "win rate"), ("gate/win_rate_low", "lower bound, 95 %"), ("gate/win_rate_high", "upper bound, 95 %")),
        new("Reward", ("objective/scores", "score"), ("objective/rlhf_reward", "score less KL penalty"), ("objective/non_score_reward", "KL penalty")),
        new("Reward in the gate", ("gate/reward_candidate", "candidate"), ("gate/reward_live", "live version")),
        new("KL divergence from the base", ("objective/kl", "while training"), ("gate/kl", "in the gate")),
        new("Entropy", ("objective/entropy", "of replies"), ("policy/entropy_avg", "of the policy")),
        new("Length of replies, in tokens", ("objective/length", "while training"), ("gate/length", "candidate"), ("gate/length_live", "live version")),
        new("Losses", ("loss/policy_avg", "policy"), ("loss/value_avg", "value"), ("sft/loss", "demonstrations")),
    ];
}
