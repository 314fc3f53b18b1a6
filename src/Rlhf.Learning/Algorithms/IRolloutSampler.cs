using Rlhf.Inference;

namespace Rlhf.Learning.Algorithms;

/// <summary>Where a learner's replies come from.</summary>
public interface IRolloutSampler
{
    /// <summary>One reply a prompt, in the prompts' order. Blocks until all are there.</summary>
    /// <param name="policy">The policy, or null for the bare trunk.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="seed">Equal seeds give equal replies.</param>
    /// <param name="cancellationToken">Abandons the replies.</param>
    IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken);

    /// <summary>The likeliest token at each place, in the prompts' order. Blocks until all replies are there.</summary>
    /// <param name="policy">The policy, or null for the bare trunk.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="cancellationToken">Abandons the replies.</param>
    IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken);
}
