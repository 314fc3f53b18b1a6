namespace Rlhf.Inference.Tests;

/// <summary>What a matrix is after it was packed, computed the plain way.</summary>
internal static class PlainWeights
{
    /// <summary>The numbers (out, in) that a product of this precision multiplies with.</summary>
    public static float[] Rounded(float[] values, int inputs, WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => values,
        WeightPrecision.BFloat16 => [.. values.Select(value => BitConverter.UInt32BitsToSingle((uint)NumberBytes.ToBFloat16(value) << 16))],
        _ => [.. values.Chunk(inputs).SelectMany(row => row.Chunk(PackedMatrix.BlockInputs)).SelectMany(Bytes)],
    };

    /// <summary>A model whose projections and head are what an engine of this precision multiplies with; the head is untied from the embedding.</summary>
    public static BaseModel Rounded(BaseModel model, WeightPrecision precision)
    {
        ModelConfig config = model.Config with { TiedEmbeddings = false };
        var tensors = new Dictionary<string, WeightTensor>(model.Weights.Tensors);
        tensors.TryAdd(ModelWeights.Head, tensors[ModelWeights.Embedding]);
        foreach ((string name, WeightTensor tensor) in tensors.ToArray())
        {
            if (tensor.Shape.Count == 2 && name != ModelWeights.Embedding)
                tensors[name] = new WeightTensor(Rounded(tensor.Values, tensor.Shape[1], precision), tensor.Shape);
        }

        return new BaseModel(config, model.Tokenizer, new ModelWeights(config, tensors));
    }

    private static IEnumerable<float> Bytes(float[] block)
    {
        float unit = block.Max(Math.Abs) / 127;
        return block.Select(value => unit == 0 ? 0 : MathF.Round(value / unit) * unit);
    }
}
