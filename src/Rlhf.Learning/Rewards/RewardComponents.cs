namespace Rlhf.Learning.Rewards;

/// <summary>Which components the reward has, and with which weights.</summary>
/// <param name="HumanWeight">The weight of the learned reward model.</param>
/// <param name="Rules">Bonuses and penalties by rules.</param>
/// <param name="Scorer">A scorer behind an address.</param>
/// <param name="Judge">An AI judge.</param>
/// <param name="Diversity">How different replies are from one another.</param>
public sealed record RewardComponents(double HumanWeight, RulesOptions Rules, ScorerOptions Scorer, JudgeOptions Judge, DiversityOptions Diversity)
{
    /// <summary>The learned reward model alone.</summary>
    public static RewardComponents HumanOnly { get; } = new(1, new(), new(), new(), new());

    /// <summary>Whether rewards come from outside, from where they may be others at another time.</summary>
    public bool AsksOthers => Scorer.IsOn || Judge.Rewards;

    /// <summary>Whether there is more than the learned reward model at its ordinary weight.</summary>
    public bool AddsToHuman => HumanWeight != 1 || Rules.IsOn || Scorer.IsOn || Judge.Rewards || Diversity.IsOn;
}
