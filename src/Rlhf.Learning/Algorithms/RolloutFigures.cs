namespace Rlhf.Learning.Algorithms;

/// <summary>What an iteration sampled, under TRL's names, measured before its first step.</summary>
internal static class RolloutFigures
{
    /// <summary>Means over the replies; KL and reward of the policy's own ones only.</summary>
    public static Dictionary<string, double> Of(IReadOnlyList<Minibatch> batches, double klCoefficient)
    {
        Sample[] all = [.. batches.SelectMany(batch => batch.Samples)];
        Sample[] own = [.. all.Where(sample => !sample.FromOtherVersion)];
        if (own.Length == 0)
            return [];

        double k3 = 0, surprise = 0, difference = 0;
        foreach (var sample in own)
        {
            for (var t = 0; t < sample.Length; t++)
            {
                k3 += KlEstimators.K3(sample.Policy[t], sample.Reference[t]);
                surprise -= sample.Policy[t];
                difference = Math.Max(difference, Math.Abs(sample.Rollout.EngineLogProbs[t] - sample.Policy[t]));
            }
        }

        var k1 = own.Average(sample => sample.Kl);
        var scores = own.Average(sample => sample.Score);
        return new Dictionary<string, double>
        {
            ["objective/kl"] = k3 / own.Length,
            ["objective/entropy"] = surprise / own.Length,
            ["objective/non_score_reward"] = -klCoefficient * k1,
            ["objective/rlhf_reward"] = scores - (klCoefficient * k1),
            ["objective/scores"] = scores,
            ["objective/kl_coef"] = klCoefficient,
            ["objective/length"] = own.Average(sample => sample.Length),
            ["policy/entropy_avg"] = batches.Average(batch => batch.Entropy),
            ["val/num_eos_tokens"] = own.Count(sample => sample.Rollout.Ended),
            ["val/engine_difference"] = difference,
            ["val/rated_replies"] = all.Length - own.Length,
        };
    }
}
