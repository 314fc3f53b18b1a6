using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Samples replies with the trunk itself, where it lies: on a GPU, on which the decode engine cannot draw. With the same seeds it draws what
/// the engine draws, but where a rounding error decides.
/// </summary>
/// <param name="model">The base model.</param>
/// <param name="trunk">Its trunk.</param>
/// <param name="temperature">Sampling temperature, over the full vocabulary: log-probs are those of what was sampled from.</param>
/// <param name="maxReplyTokens">Longest reply.</param>
public sealed class TorchSampler(BaseModel model, CausalLm trunk, double temperature, int maxReplyTokens) : IRolloutSampler
{
    private const int RepliesAtOnce = 128;

    /// <inheritdoc/>
    public IReadOnlyList<Rollout> Sample(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong seed, CancellationToken cancellationToken) =>
        Draw(policy, prompts, seed, cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<Rollout> Likeliest(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, CancellationToken cancellationToken) =>
        Draw(policy, prompts, seed: null, cancellationToken);

    // Without a seed the likeliest tokens.
    private Rollout[] Draw(LoraAdapter? policy, IReadOnlyList<RolloutPrompt> prompts, ulong? seed, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var lora = policy is null ? null : new LoraParameters(model.Config, policy, trainable: false, trunk.Device);
        using var known = Known();
        var replies = new Rollout[prompts.Count];
        // Prompts of like length go together: less padding.
        foreach (var rows in Enumerable.Range(0, prompts.Count).OrderBy(i => prompts[i].Tokens.Length).Chunk(RepliesAtOnce))
        {
            var random = seed is { } drawn ? rows.Select(row => new ReplyRandom(ReplySeed.Of(drawn, row))).ToArray() : null;
            var some = Draw([.. rows.Select(row => prompts[row])], random, lora, known, cancellationToken);
            foreach (var (row, reply) in rows.Zip(some))
                replies[row] = reply;
        }

        return replies;
    }

    private Rollout[] Draw(RolloutPrompt[] prompts, ReplyRandom[]? random, LoraParameters? lora, Tensor known, CancellationToken cancellationToken)
    {
        var longest = prompts.Max(prompt => prompt.Tokens.Length);
        int[] starts = [.. prompts.Select(prompt => longest - prompt.Tokens.Length)];
        var padded = new long[prompts.Length * longest];
        for (var b = 0; b < prompts.Length; b++)
        {
            for (var t = 0; t < prompts[b].Tokens.Length; t++)
                padded[(b * longest) + starts[b] + t] = prompts[b].Tokens[t];
        }

        using var decoding = new CachedDecoding(trunk, starts, longest + maxReplyTokens, lora);
        List<int>[] tokens = [.. prompts.Select(_ => new List<int>())];
        List<float>[] logProbs = [.. prompts.Select(_ => new List<float>())];
        var ended = new bool[prompts.Length];
        var (ids, columns) = (padded, longest);
        for (var place = 0; place < maxReplyTokens && !ended.All(over => over); place++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rows = decoding.Read(tensor(ids, [prompts.Length, columns], device: trunk.Device));               // (B, d)
            var (next, logs) = random is null ? Likeliest(rows, known) : Draw(rows, [.. random.Select(own => own.Uniform(place))], known);
            (ids, columns) = (next, 1);
            for (var b = 0; b < prompts.Length; b++)
            {
                if (ended[b])
                    continue;

                tokens[b].Add((int)next[b]);
                logProbs[b].Add(logs[b]);
                ended[b] = model.Config.EosTokenIds.Contains((int)next[b]);
            }
        }

        return [.. prompts.Select((prompt, b) => Rollout.Of(model, prompt, [.. tokens[b]], [.. logProbs[b]], ended[b]))];
    }

    /// <summary>A token a row, the first at which the distribution function exceeds the row's number, with its log-probability.</summary>
    private (long[] Ids, float[] LogProbs) Draw(Tensor rows, double[] uniform, Tensor known)
    {
        var logs = trunk.Logits(rows.Over(temperature)).log_softmax(-1);                                             // (B, V)
        var kept = logs.to_type(ScalarType.Float64).Plus(known);                                                       // (B, V)
        var summed = (kept - kept.amax([-1], keepdim: true)).exp().cumsum(-1);                                      // (B, V), however little the known weigh
        var total = summed.narrow(1, summed.shape[1] - 1, 1);                                                       // (B, 1)
        var bound = total * tensor(uniform, [uniform.Length, 1], device: rows.device);                              // (B, 1)
        var drawn = summed.le(bound).logical_and(summed.lt(total)).sum(-1, keepdim: true, type: ScalarType.Int64);    // (B, 1)
        return (drawn.squeeze(1).cpu().data<long>().ToArray(), logs.gather(1, drawn).squeeze(1).ToArray());
    }

    /// <summary>The likeliest token a row, with its log-probability at a temperature of 1.</summary>
    private (long[] Ids, float[] LogProbs) Likeliest(Tensor rows, Tensor known)
    {
        var logs = trunk.Logits(rows).log_softmax(-1);                                                              // (B, V)
        var best = logs.Plus(known).argmax(-1, keepdim: true);                                                        // (B, 1)
        return (best.squeeze(1).cpu().data<long>().ToArray(), logs.gather(1, best).squeeze(1).ToArray());
    }

    // An embedding may have rows that no token uses, and those are never drawn.
    private Tensor Known() => tensor(
        Enumerable.Range(0, model.Config.VocabularySize).Select(id => model.Tokenizer.Knows(id) ? 0 : double.NegativeInfinity).ToArray(), device: trunk.Device).DetachFromDisposeScope();
}
