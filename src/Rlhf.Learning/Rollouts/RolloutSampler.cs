using Rlhf.Inference;

namespace Rlhf.Learning.Rollouts;

/// <summary>Samples replies with the decode engine, all of a call at once, so that its batches are always full.</summary>
/// <param name="model">The base model.</param>
/// <param name="engine">An engine of the learner's own.</param>
/// <param name="temperature">Sampling temperature, over the full vocabulary: log-probs are those of what was sampled from.</param>
/// <param name="maxReplyTokens">Longest reply.</param>
public sealed class RolloutSampler(BaseModel model, DecodeEngine engine, double temperature, int maxReplyTokens)
{
    private const string Version = "rollout";

    /// <summary>One reply a prompt, in the prompts' order. Blocks until all are there.</summary>
    /// <param name="policy">The policy, or null for the bare trunk.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="seed">Equal seeds give equal replies, whatever else the engine does.</param>
    /// <param name="cancellationToken">Abandons the replies.</param>
    public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken)
    {
        engine.Load(Version, policy);
        try
        {
            var running = prompts.Select((prompt, i) => engine.CompleteAsync(
                new GenerationRequest
                {
                    Version = Version,
                    Prompt = prompt.Tokens,
                    Sampling = new SamplingOptions { Temperature = temperature, Seed = SeededRandom.Hash(seed, $"rollout {i}") },
                    MaxTokens = maxReplyTokens,
                },
                cancellationToken)).ToArray();
            var generations = Task.WhenAll(running).GetAwaiter().GetResult();
            return [.. generations.Select((generation, i) => ToRollout(prompts[i], generation))];
        }
        finally
        {
            engine.Unload(Version);
        }
    }

    private Rollout ToRollout(RolloutPrompt prompt, Generation generation)
    {
        var ended = generation.Finish == FinishReason.Stop;
        return new Rollout(prompt, generation.Tokens, generation.LogProbs, model.Tokenizer.Decode(ended ? generation.Tokens.AsSpan()[..^1] : generation.Tokens), ended);
    }
}
