using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Rlhf.Learning.RewardModel;

/// <summary>
/// The part of the reward model that reads: the frozen trunk up to the layers that carry the LoRA, which is computed once for an
/// input however long it trains, and those layers.
/// </summary>
internal sealed class RewardTrunk
{
    // Inputs of like length go together; more tokens than this at once gain nothing on a processor.
    private const int BatchTokens = 2048;

    // Standardised features of the trunk are many and alike; this makes one of them count as little beside a word or a length.
    private const float PooledScale = 0.1f;

    private readonly CausalLm _trunk;
    private readonly float[] _embedding; // (V, d), held: what comes from a file would be read again for each reply
    private readonly int _split;

    public RewardTrunk(BaseModel model, CausalLm trunk, RewardOptions options)
    {
        _trunk = trunk;
        _embedding = model.Weights[ModelWeights.Embedding].Values;
        _split = Math.Max(0, model.Config.Layers - options.LoraLayers);
    }

    /// <summary>Where the trunk lies.</summary>
    public Device Device => _trunk.Device;

    /// <summary>Where parts of a batch are computed side by side.</summary>
    public TorchWorkers Workers => _trunk.Workers;

    /// <summary>Width d of the residual stream.</summary>
    public int Width => _trunk.Config.HiddenSize;

    /// <summary>Features of one input: end token, mean of the reply, mean of the reply's embeddings, length.</summary>
    public int FeatureCount => (3 * Width) + RewardEncoder.LengthKnots.Count;

    /// <summary>The residual stream of each input below the LoRA's layers, (T, d) each; the caller disposes of them.</summary>
    public Tensor[] Below(IReadOnlyList<RewardInput> inputs, CancellationToken cancellationToken)
    {
        var below = new Tensor[inputs.Count];
        EachBatch(inputs, cancellationToken, rows =>
        {
            var residual = _trunk.Below(Ids([.. rows.Select(row => inputs[row])]), _split);                    // (B, T, d)
            for (var b = 0; b < rows.Length; b++)
                below[rows[b]] = residual.select(0, b).narrow(0, 0, inputs[rows[b]].Tokens.Length).clone().DetachFromDisposeScope();
        });
        return below;
    }

    /// <summary>What the heads read from the layers above: (B, 2d), the end token's state and the mean over the reply.</summary>
    /// <param name="below">(T, d) of each input.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="lora">The change to the layers above, or none.</param>
    public Tensor Pool(IReadOnlyList<Tensor> below, IReadOnlyList<RewardInput> inputs, LoraParameters? lora)
    {
        using var scope = NewDisposeScope();
        var longest = inputs.Max(input => input.Tokens.Length);
        var padded = zeros([inputs.Count, longest, Width], device: Device);                                   // (B, T, d)
        for (var b = 0; b < inputs.Count; b++)
            padded.select(0, b).narrow(0, 0, below[b].shape[0]).copy_(below[b]);

        // Only the reply's own rows are read, so the top layer is computed for no others.
        var count = inputs.Sum(input => input.Tokens.Length - input.ReplyStart);
        var positions = new long[count];
        var weights = new float[2 * inputs.Count * count];
        for (int b = 0, at = 0; b < inputs.Count; b++)
        {
            var (start, length) = (inputs[b].ReplyStart, inputs[b].Tokens.Length - inputs[b].ReplyStart);
            for (var t = 0; t < length; t++)
                positions[at + t] = (b * (long)longest) + start + t;

            weights[(2 * b * count) + at + length - 1] = 1;
            weights.AsSpan((((2 * b) + 1) * count) + at, length).Fill(1f / length);
            at += length;
        }

        var hidden = _trunk.AboveAt(padded, _split, tensor(positions, device: Device), lora);                 // (M, d)
        return tensor(weights, [2 * inputs.Count, count], device: Device).matmul(hidden)                      // (2B, M) * (M, d)
            .reshape(inputs.Count, 2 * Width).MoveToOuterDisposeScope();                                      // (B, 2d)
    }

    /// <summary>The dense features of each input, not yet standardised.</summary>
    public float[][] Features(IReadOnlyList<Tensor> below, IReadOnlyList<RewardInput> inputs, LoraParameters? lora, CancellationToken cancellationToken)
    {
        var features = new float[inputs.Count][];
        EachBatch(inputs, cancellationToken, rows =>
        {
            var pooled = Pool([.. rows.Select(row => below[row])], [.. rows.Select(row => inputs[row])], lora).ToArray();
            for (var b = 0; b < rows.Length; b++)
                features[rows[b]] = [.. pooled.AsSpan(b * 2 * Width, 2 * Width), .. EmbeddingMean(inputs[rows[b]]), .. inputs[rows[b]].Length];
        });
        return features;
    }

    /// <summary>Mean and scale of each feature, so that <c>(x − mean)·scale</c> is of like size for all; lengths stay as they are.</summary>
    public (float[] Mean, float[] Scale) Standard(IReadOnlyList<float[]> features)
    {
        var mean = new float[FeatureCount];
        var scale = new float[FeatureCount];
        Array.Fill(scale, 1);
        for (var i = 0; i < 3 * Width; i++)
        {
            double sum = 0, squares = 0;
            foreach (var row in features)
            {
                sum += row[i];
                squares += (double)row[i] * row[i];
            }

            var average = sum / features.Count;
            mean[i] = (float)average;
            scale[i] = PooledScale / (float)Math.Sqrt(Math.Max(0, (squares / features.Count) - (average * average)) + 1e-6);
        }

        return (mean, scale);
    }

    private void EachBatch(IReadOnlyList<RewardInput> inputs, CancellationToken cancellationToken, Action<int[]> compute) =>
        Workers.Run([.. ByLength(inputs)], rows =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            compute(rows);
            return rows.Length;
        });

    private IEnumerable<int[]> ByLength(IReadOnlyList<RewardInput> inputs)
    {
        var batch = new List<int>();
        foreach (var row in Enumerable.Range(0, inputs.Count).OrderBy(row => inputs[row].Tokens.Length))
        {
            if (batch.Count > 0 && (batch.Count + 1) * inputs[row].Tokens.Length > BatchTokens)
            {
                yield return [.. batch];
                batch.Clear();
            }

            batch.Add(row);
        }

        if (batch.Count > 0)
            yield return [.. batch];
    }

    private Tensor Ids(RewardInput[] inputs)
    {
        var longest = inputs.Max(input => input.Tokens.Length);
        var ids = new long[inputs.Length * longest];
        for (var b = 0; b < inputs.Length; b++)
        {
            for (var t = 0; t < inputs[b].Tokens.Length; t++)
                ids[(b * longest) + t] = inputs[b].Tokens[t];
        }

        return tensor(ids, [inputs.Length, longest], device: Device);                                         // (B, T)
    }

    private float[] EmbeddingMean(RewardInput input)
    {
        var mean = new float[Width];
        var count = Math.Max(1, input.Tokens.Length - 1 - input.ReplyStart);
        foreach (var token in input.Tokens[input.ReplyStart..^1])
            TensorPrimitives.MultiplyAdd(_embedding.AsSpan(token * Width, Width), 1f / count, mean, mean);

        return mean;
    }
}
