using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// Fine-tunes the reward model's LoRA together with the heads' weights on the pooled states, from the heads that are optimal on the
/// frozen trunk. What the heads make of words, lengths, embeddings and like replies stays as it is. Some groups are held out; the epoch with the
/// least loss on them wins, and that may be the one before the first.
/// </summary>
internal sealed class LoraTuning(BaseModel model, RewardTrunk trunk, RewardOptions options, Penalties penalties, ulong seed)
{
    /// <summary>Whether any epoch was better on the held-out groups than no fine-tuning.</summary>
    public bool Improved { get; private set; }

    /// <summary>The best LoRA; one that changes nothing when none was better than that.</summary>
    /// <param name="examples">The feedback.</param>
    /// <param name="features">What the heads read on the frozen trunk, of all examples' replies.</param>
    /// <param name="below">(T, d) of each reply.</param>
    /// <param name="mean">Subtracted from the dense features.</param>
    /// <param name="scale">Multiplies them then.</param>
    /// <param name="progress">Told the epoch and the loss held out.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public LoraAdapter Tune(
        RewardExample[] examples, LinearFeatures[] features, Tensor[] below, float[] mean, float[] scale,
        Action<int, double> progress, CancellationToken cancellationToken)
    {
        var untouched = Fresh();
        int[] heldOut = HeldOut(examples);
        int[] training = [.. Enumerable.Range(0, examples.Length).Except(heldOut)];
        if (options.LoraEpochs == 0 || !Orders(examples, heldOut) || !Orders(examples, training))
            return untouched;

        int[][] rows = Rows(examples);
        RewardInput[] inputs = [.. examples.SelectMany(e => e.Inputs)];
        RewardExample[] learned = [.. training.Select(e => examples[e])];
        var heads = RewardHeadTrainer.Ensemble(learned, [.. training.SelectMany(e => rows[e]).Select(row => features[row])], options, penalties, seed, trunk.Workers.Cores(cancellationToken));
        double[][] samples = [.. heads.Select((_, h) => RewardHeadTrainer.BootstrapWeights(learned, seed, h, heads.Length))];
        var pooled = 2 * trunk.Width;

        using var scope = NewDisposeScope();
        using var lora = new LoraParameters(model.Config, untouched, device: trunk.Device);
        var weights = new Parameter(tensor(heads.SelectMany(head => head.Model.Dense[..pooled]).ToArray(), [heads.Length, pooled], device: trunk.Device));   // (H, 2d)
        var shift = tensor(mean[..pooled], device: trunk.Device);                                               // (2d)
        var spread = tensor(scale[..pooled], device: trunk.Device);                                             // (2d)
        var trained = lora.parameters().Append(weights).ToArray();
        using var optimiser = new AdamW([new ParameterGroup(trained, options.WeightDecay) { LearningRate = options.LoraLearningRate }]);

        var best = (Loss: HeldOutLoss(), Lora: untouched);
        for (var epoch = 1; epoch <= options.LoraEpochs; epoch++)
        {
            var random = SeededRandom.For(seed, "lora", epoch);
            foreach (var batch in Balanced(learned, random).Chunk(options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                int[] replies = [.. batch.SelectMany(i => rows[training[i]])];
                int[][] shards = ShardedForward.Cut(trunk.Workers, [.. replies.Select(row => inputs[row].Tokens.Length)]);
                var parts = shards.Select(shard => (Replies: shard.Select(i => replies[i]).ToArray(), Kept: Kept(random, shard.Length * pooled))).ToArray();
                using var forward = ShardedForward.Of(trunk.Workers, parts, part => [Logits(part.Replies, part.Kept)]);
                var logits = forward.Outputs[0].index_select(0, tensor(ShardedForward.Places(shards), device: trunk.Device));    // (B, H)
                var slopes = Slopes([.. batch.Select(i => learned[i])], logits.ToArray(), (i, h) => samples[h][batch[i]] * learned[batch[i]].Weight / batch.Length).Slopes;

                // Its gradient in the logits is the slopes, so it is that of the losses.
                (logits * tensor(slopes, [replies.Length, heads.Length], device: trunk.Device)).sum().backward();
                forward.Backward(trained);
                if (double.IsFinite(nn.utils.clip_grad_norm_(trained, options.GradientNorm)))
                    optimiser.Step();
            }

            var heldOutLoss = HeldOutLoss();
            progress(epoch, heldOutLoss);
            if (!(heldOutLoss < best.Loss))
                break;

            best = (heldOutLoss, lora.ToAdapter());
            Improved = true;
        }

        return best.Lora;

        Tensor Logits(int[] replies, float[]? kept)
        {
            using var inner = NewDisposeScope();
            var states = trunk.Pool([.. replies.Select(row => below[row])], [.. replies.Select(row => inputs[row])], lora);     // (B, 2d)
            var standard = (states - shift) * spread;                                                          // (B, 2d)
            if (kept is not null)
                standard = standard * tensor(kept, [replies.Length, pooled], device: trunk.Device);

            var rest = replies.SelectMany(row => heads.Select(head => (float)(head.Model.Fixed(features[row])
                + TensorPrimitives.Dot(head.Model.Dense.AsSpan(pooled), features[row].Dense.AsSpan(pooled))))).ToArray();
            return standard.matmul(weights.t()).Plus(tensor(rest, [replies.Length, heads.Length], device: trunk.Device)).MoveToOuterDisposeScope();     // (B, 2d) * (2d, H) + (B, H)
        }

        // Loss and its slope in each logit, both (B, H) of the replies of some examples.
        (double Loss, float[] Slopes) Slopes(RewardExample[] some, float[] logits, Func<int, int, double> importance)
        {
            double loss = 0;
            var slopes = new float[logits.Length];
            for (var h = 0; h < heads.Length; h++)
            {
                var terms = new LossTerms(heads[h].Thresholds, options.Centring);
                var at = 0;
                for (var i = 0; i < some.Length; i++)
                {
                    var count = some[i].Inputs.Count;
                    double[] scores = [.. Enumerable.Range(at, count).Select(row => (double)logits[(row * heads.Length) + h])];
                    var own = new double[count];
                    loss += importance(i, h) * some[i].Loss(scores, terms, own, new double[terms.Thresholds.Length]);
                    for (var r = 0; r < count; r++)
                        slopes[((at + r) * heads.Length) + h] = (float)(importance(i, h) * own[r]);

                    at += count;
                }
            }

            return (loss, slopes);
        }

        double HeldOutLoss()
        {
            RewardExample[] judged = [.. heldOut.Select(e => examples[e])];
            var importance = RewardHeadTrainer.BalancedWeights(judged);
            int[][] parts = [.. Enumerable.Range(0, heldOut.Length).OrderBy(i => judged[i].Inputs.Max(input => input.Tokens.Length)).Chunk(options.BatchSize)];
            return trunk.Workers.Run(parts, part =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var noGradient = no_grad();
                using var step = NewDisposeScope();
                var logits = Logits([.. part.SelectMany(i => rows[heldOut[i]])], kept: null);                // (B, H)
                var mean = logits.mean([1L], keepdim: true).expand(-1, heads.Length).contiguous().ToArray();    // (B, H): the ensemble's
                return Slopes([.. part.Select(i => judged[i])], mean, (i, _) => importance[part[i]] / heads.Length).Loss;
            }).Sum() / importance.Sum();
        }
    }

    // The rows of each example's replies.
    private static int[][] Rows(RewardExample[] examples)
    {
        var first = 0;
        return [.. examples.Select(e => Enumerable.Range((first += e.Inputs.Count) - e.Inputs.Count, e.Inputs.Count).ToArray())];
    }

    // Dropout: what the inputs that are kept are multiplied by, and 0 for the others.
    private float[] Kept(Random random, int count)
    {
        var keep = (float)(1 - options.Dropout);
        var kept = new float[count];
        for (var i = 0; i < count; i++)
            kept[i] = random.NextDouble() < keep ? 1 / keep : 0;

        return kept;
    }

    /// <summary>An epoch: of the thumbs all of the rarer class and as many of the other, and everything else, shuffled.</summary>
    private static int[] Balanced(RewardExample[] examples, Random random)
    {
        int[] order = [.. Enumerable.Range(0, examples.Length)];
        random.Shuffle(order);
        int[] ups = [.. order.Where(i => examples[i] is ThumbExample { Up: true })];
        int[] downs = [.. order.Where(i => examples[i] is ThumbExample { Up: false })];
        var each = Math.Min(ups.Length, downs.Length);
        int[] epoch = [.. ups.Take(each), .. downs.Take(each), .. order.Where(i => examples[i] is not ThumbExample)];
        random.Shuffle(epoch);
        return epoch;
    }

    private int[] HeldOut(RewardExample[] examples)
    {
        string[] groups = [.. examples.Select(e => e.Group).Distinct().OrderBy(group => SeededRandom.Hash(seed, group))];
        var chosen = groups.Take((int)(options.HoldOut * groups.Length)).ToHashSet(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, examples.Length).Where(i => chosen.Contains(examples[i].Group))];
    }

    private static bool Orders(RewardExample[] examples, int[] some) =>
        some.Any(e => examples[e] is not ThumbExample)
        || (some.Any(e => examples[e] is ThumbExample { Up: true }) && some.Any(e => examples[e] is ThumbExample { Up: false }));

    private LoraAdapter Fresh()
    {
        using var fresh = new LoraParameters(model.Config, new LoraOptions { Rank = options.LoraRank, Alpha = 2 * options.LoraRank, TopLayers = options.LoraLayers }, seed);
        return fresh.ToAdapter();
    }
}
