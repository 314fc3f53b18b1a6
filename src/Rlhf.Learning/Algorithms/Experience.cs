namespace Rlhf.Learning.Algorithms;

/// <summary>A scored rollout as one iteration learns from it. Arrays have a number for each token of the reply.</summary>
/// <param name="rollout">The reply.</param>
/// <param name="group">Replies to the same prompt share a number.</param>
/// <param name="score">What it earned.</param>
internal sealed class Experience(Rollout rollout, int group, double score)
{
    public Rollout Rollout { get; } = rollout;

    public int Group { get; } = group;

    public double Score { get; } = score;

    public int Length => Rollout.Reply.Length;

    /// <summary>Whether another version said it; its rollout then carries that version's log-probs.</summary>
    public bool FromOtherVersion { get; init; }

    /// <summary>Log-probs under the policy before this iteration's first step.</summary>
    public float[] Policy { get; set; } = [];

    /// <summary>Log-probs under the reference.</summary>
    public float[] Reference { get; set; } = [];

    /// <summary>What each token is to be made likelier by.</summary>
    public float[] Advantages { get; set; } = [];

    /// <summary>PPO's values before this iteration's first step.</summary>
    public float[] Values { get; set; } = [];

    /// <summary>PPO's targets for the values.</summary>
    public float[] Returns { get; set; } = [];

    /// <summary>Log-ratio of the reply under policy and reference, in nats: the estimator k1.</summary>
    public double Kl => Policy.Zip(Reference, (policy, reference) => (double)policy - reference).Sum();

    /// <summary>
    /// How much likelier the policy is to say this than who said it, <c>min(cap, π(y|x)/μ(y|x))</c>: with it a mean over another version's
    /// replies is one over the policy's. 1 for the policy's own replies.
    /// </summary>
    public double ImportanceWeight(double cap) => FromOtherVersion
        ? Math.Min(cap, Math.Exp(Policy.Zip(Rollout.EngineLogProbs, (policy, then) => (double)policy - then).Sum()))
        : 1;

    /// <summary>Multiplies the advantages of other versions' replies by their importance weights.</summary>
    public static void ApplyImportanceWeights(IEnumerable<Experience> experiences, double cap)
    {
        foreach (var experience in experiences.Where(experience => experience.FromOtherVersion))
        {
            var weight = (float)experience.ImportanceWeight(cap);
            experience.Advantages = [.. experience.Advantages.Select(advantage => weight * advantage)];
        }
    }
}
