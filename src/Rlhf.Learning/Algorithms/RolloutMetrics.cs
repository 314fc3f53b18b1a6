namespace Rlhf.Learning.Algorithms;

/// <summary>What an iteration sampled, under TRL's names, measured before its first step.</summary>
internal static class RolloutMetrics
{
    /// <summary>
    /// Means over the policy's own replies. As in TRL, <c>objective/kl</c> is the estimator k1, which the reward carries; <c>objective/kl_k3</c> is k3 (Schulman 2020),
    /// never negative and less noisy. Entropy alone is over all replies.
    /// </summary>
    /// <param name="batches">The iteration's experiences.</param>
    /// <param name="klCoefficient">β.</param>
    /// <param name="components">The components of the rewards, which are added.</param>
    public static Dictionary<string, double> Of(IReadOnlyList<Minibatch> batches, double klCoefficient, IReadOnlyDictionary<string, double> components)
    {
        Experience[] all = [.. batches.SelectMany(batch => batch.Experiences)];
        Experience[] own = [.. all.Where(experience => !experience.FromOtherVersion)];
        if (own.Length == 0)
            return new Dictionary<string, double>(components);

        double k3 = 0, surprise = 0, difference = 0;
        foreach (var experience in own)
        {
            for (var t = 0; t < experience.Length; t++)
            {
                k3 += KlEstimators.K3(experience.Policy[t], experience.Reference[t]);
                surprise -= experience.Policy[t];
                difference = Math.Max(difference, Math.Abs(experience.Rollout.EngineLogProbs[t] - experience.Policy[t]));
            }
        }

        var k1 = own.Average(experience => experience.Kl);
        var scores = own.Average(experience => experience.Score);
        return new Dictionary<string, double>(components)
        {
            ["objective/kl"] = k1,
            ["objective/kl_k3"] = k3 / own.Length,
            ["objective/entropy"] = surprise / own.Length,
            ["objective/non_score_reward"] = -klCoefficient * k1,
            ["objective/rlhf_reward"] = scores - (klCoefficient * k1),
            ["objective/scores"] = scores,
            ["objective/kl_coef"] = klCoefficient,
            ["objective/length"] = own.Average(experience => experience.Length),
            ["policy/entropy_avg"] = batches.Average(batch => batch.Entropy),
            ["val/num_eos_tokens"] = own.Count(experience => experience.Rollout.Ended),
            ["val/engine_difference"] = difference,
            ["val/rated_replies"] = all.Length - own.Length,
        };
    }
}
