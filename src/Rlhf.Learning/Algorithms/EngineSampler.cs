using Rlhf.Inference;

namespace Rlhf.Learning.Algorithms;

/// <summary>Samples replies with the decode engine, all of a call at once, so that its batches are always full.</summary>
/// <param name="model">The base model.</param>
/// <param name="engine">An engine of the learner's own.</param>
/// <param name="temperature">Sampling temperature, over the full vocabulary: log-probs are those of what was sampled from.</param>
/// <param name="maxReplyTokens">Longest reply.</param>
public sealed class EngineSampler(BaseModel model, DecodeEngine engine, double temperature, int maxReplyTokens) : IRolloutSampler
{
    private const string Version = "rollout";

    /// <inheritdoc/>
    public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken) =>
        Draw(policy, prompts, i => new SamplingOptions { Temperature = temperature, Seed = ReplySeed.Of(seed, i) }, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken) =>
        Draw(policy, prompts, _ => new SamplingOptions { Temperature = 0 }, cancellationToken);

    private Rollout[] Draw(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, Func<int, SamplingOptions> sampling, CancellationToken cancellationToken)
    {
        engine.Load(Version, policy);
        try
        {
            var running = prompts.Select((prompt, i) => engine.CompleteAsync(
                new GenerationRequest
                {
                    Version = Version,
                    Prompt = prompt.Tokens,
                    Sampling = sampling(i),
                    MaxTokens = maxReplyTokens,
                },
                cancellationToken)).ToArray();
            var generations = Task.WhenAll(running).GetAwaiter().GetResult();
            return [.. generations.Select((generation, i) => Rollout.Of(model, prompts[i], generation.Tokens, generation.LogProbs, generation.Finish == FinishReason.Stop))];
        }
        finally
        {
            engine.Unload(Version);
        }
    }
}
