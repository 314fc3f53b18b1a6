using Rlhf.Inference;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Reward;

/// <summary>
/// Fine-tunes the reward model's LoRA together with the heads' weights on the pooled states, from the heads that are optimal on the
/// frozen trunk. What the heads make of words, lengths and embeddings stays as it is. Some groups are held out; the epoch with the
/// least loss on them wins, and that may be the one before the first.
/// </summary>
internal sealed class LoraTuning(BaseModel model, RewardTrunk trunk, RewardOptions options, HeadFit.Penalties penalties, ulong seed)
{
    /// <summary>Whether any epoch was better on the held-out groups than no fine-tuning.</summary>
    public bool Improved { get; private set; }

    /// <summary>The best LoRA; one that changes nothing when none was better than that.</summary>
    public LoraAdapter Tune(
        RewardExample[] examples, Tensor[] below, float[][] features, float[] mean, float[] scale,
        Action<int, double> progress, CancellationToken cancellationToken)
    {
        var untouched = Fresh();
        int[] heldOut = HeldOut(examples);
        int[] training = [.. Enumerable.Range(0, examples.Length).Except(heldOut)];
        if (options.LoraEpochs == 0 || !BothClasses(examples, heldOut) || !BothClasses(examples, training))
            return untouched;

        RewardExample[] learned = [.. training.Select(row => examples[row])];
        LinearFeatures[] linear = [.. features.Select((f, i) => new LinearFeatures(RewardHeads.Standardise(f, mean, scale), examples[i].Input.NGrams))];
        var heads = HeadFit.Ensemble(learned, [.. training.Select(row => linear[row])], options.NGramBuckets, options.Heads, penalties, seed, cancellationToken);
        double[][] samples = [.. heads.Select((_, h) => HeadFit.BootstrapWeights(learned, seed, h))];
        var pooled = 2 * trunk.Width;

        using var scope = NewDisposeScope();
        using var lora = new LoraParameters(model.Config, untouched);
        var weights = new Parameter(tensor(heads.SelectMany(head => head.Dense[..pooled]).ToArray(), [heads.Length, pooled]));   // (H, 2d)
        var shift = tensor(mean[..pooled]);                                                                                     // (2d)
        var spread = tensor(scale[..pooled]);                                                                                   // (2d)
        var trained = lora.parameters().Append(weights).ToArray();
        using var optimiser = optim.AdamW(trained, options.LoraLearningRate, weight_decay: options.WeightDecay);

        var best = (Loss: HeldOutLoss(), Lora: untouched);
        for (var epoch = 1; epoch <= options.LoraEpochs; epoch++)
        {
            var random = SeededRandom.For(seed, "lora", epoch);
            foreach (var batch in Balanced(learned, random).Chunk(options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                var rows = batch.Select(i => training[i]).ToArray();
                var logits = Logits(rows, random);                                                                              // (B, H)
                var targets = tensor(rows.Select(row => examples[row].Up ? 1f : 0f).ToArray(), [rows.Length, 1]).expand(rows.Length, heads.Length);
                var importance = tensor(batch.SelectMany(i => samples.Select(s => (float)(s[i] * learned[i].Weight))).ToArray(), [rows.Length, heads.Length]);
                var losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction: nn.Reduction.None);     // (B, H)
                var loss = (losses * importance).sum() / rows.Length;
                optimiser.zero_grad();
                loss.backward();
                if (double.IsFinite(nn.utils.clip_grad_norm_(trained, options.GradientNorm)))
                    optimiser.step();
            }

            var heldOutLoss = HeldOutLoss();
            progress(epoch, heldOutLoss);
            if (!(heldOutLoss < best.Loss))
                break;

            best = (heldOutLoss, lora.ToAdapter());
            Improved = true;
        }

        return best.Lora;

        Tensor Logits(int[] rows, Random? dropout)
        {
            using var inner = NewDisposeScope();
            var states = trunk.Pool([.. rows.Select(row => below[row])], [.. rows.Select(row => examples[row].Input)], lora);   // (B, 2d)
            var standard = (states - shift) * spread;                                                                          // (B, 2d)
            if (dropout is not null)
                standard = standard * Mask(dropout, rows.Length * pooled).reshape(rows.Length, pooled);

            var rest = rows.SelectMany(row => heads.Select(head => (float)(head.SparseScore(linear[row].Sparse)
                + VectorMath.Dot(head.Dense.AsSpan(pooled), linear[row].Dense.AsSpan(pooled))))).ToArray();
            return (standard.matmul(weights.t()) + tensor(rest, [rows.Length, heads.Length])).MoveToOuterDisposeScope();        // (B, 2d) * (2d, H) + (B, H)
        }

        double HeldOutLoss()
        {
            using var noGradient = no_grad();
            RewardExample[] judged = [.. heldOut.Select(row => examples[row])];
            var importance = HeadFit.BalancedWeights(judged);
            double loss = 0;
            foreach (var part in Enumerable.Range(0, heldOut.Length).OrderBy(i => judged[i].Input.Tokens.Length).Chunk(options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                var logits = Logits([.. part.Select(i => heldOut[i])], dropout: null).mean([1L]).ToArray();                     // (B)
                loss += part.Select((i, b) => importance[i] * LogisticRegression.Loss(logits[b], judged[i].Up)).Sum();
            }

            return loss / importance.Sum();
        }
    }

    private Tensor Mask(Random random, int count)
    {
        var keep = (float)(1 - options.Dropout);
        var mask = new float[count];
        for (var i = 0; i < count; i++)
            mask[i] = random.NextDouble() < keep ? 1 / keep : 0;

        return tensor(mask);
    }

    /// <summary>An epoch: all of the rarer class and as many of the other, shuffled.</summary>
    private static int[] Balanced(RewardExample[] examples, Random random)
    {
        int[] order = [.. Enumerable.Range(0, examples.Length)];
        random.Shuffle(order);
        var each = Math.Min(examples.Count(e => e.Up), examples.Count(e => !e.Up));
        int[] epoch = [.. order.Where(i => examples[i].Up).Take(each), .. order.Where(i => !examples[i].Up).Take(each)];
        random.Shuffle(epoch);
        return epoch;
    }

    private int[] HeldOut(RewardExample[] examples)
    {
        string[] groups = [.. examples.Select(e => e.Group).Distinct().OrderBy(group => SeededRandom.Hash(seed, group))];
        var chosen = groups.Take((int)(options.HoldOut * groups.Length)).ToHashSet(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, examples.Length).Where(i => chosen.Contains(examples[i].Group))];
    }

    private static bool BothClasses(RewardExample[] examples, int[] rows) =>
        rows.Any(row => examples[row].Up) && rows.Any(row => !examples[row].Up);

    private LoraAdapter Fresh()
    {
        using var all = new LoraParameters(model.Config, new LoraOptions { Rank = options.LoraRank, Alpha = 2 * options.LoraRank }, seed);
        var lowest = Math.Max(0, model.Config.Layers - options.LoraLayers);
        string[] top = [.. Enumerable.Range(lowest, model.Config.Layers - lowest).SelectMany(layer => Projections.Of(model.Config).Select(projection => Projections.Path(layer, projection)))];
        return new LoraAdapter(options.LoraRank, 2 * options.LoraRank, all.ToAdapter().Modules.Where(module => top.Contains(module.Key)).ToDictionary());
    }
}
