namespace Rlhf.Inference;

/// <summary>One layer's weights, packed.</summary>
internal sealed record TrunkLayer(
    AlignedFloats InputNorm,
    PackedMatrix Query,
    PackedMatrix Key,
    PackedMatrix Value,
    PackedMatrix Output,
    AlignedFloats PostAttentionNorm,
    PackedMatrix Gate,
    PackedMatrix Up,
    PackedMatrix Down);

/// <summary>A model's weights as the forward pass reads them; shared by all versions.</summary>
internal sealed class Trunk
{
    public Trunk(BaseModel model, Kernels kernels, WeightPrecision precision)
    {
        Precision = precision;
        Config = model.Config;
        Kernels = kernels;
        CheckFinite(model.Weights);
        Embedding = model.Weights[ModelWeights.Embedding].Values;
        Layers = [.. Enumerable.Range(0, Config.Layers).Select(layer => Pack(model.Weights, layer))];
        FinalNorm = Norm(model.Weights[ModelWeights.FinalNorm]);
        string head = Config.TiedEmbeddings ? ModelWeights.Embedding : ModelWeights.Head;
        Head = new PackedMatrix(kernels, model.Weights[head].Values, Config.VocabularySize, Config.HiddenSize, precision);
        (Cos, Sin) = Rotations(Config);
    }

    public ModelConfig Config { get; }

    public Kernels Kernels { get; }

    /// <summary>How the matrices are held.</summary>
    public WeightPrecision Precision { get; }

    /// <summary>(vocabulary, hidden), row-major: rows are looked up.</summary>
    public float[] Embedding { get; }

    public IReadOnlyList<TrunkLayer> Layers { get; }

    public AlignedFloats FinalNorm { get; }

    public PackedMatrix Head { get; }

    /// <summary>(position, half a head).</summary>
    public AlignedFloats Cos { get; }

    /// <summary>(position, half a head).</summary>
    public AlignedFloats Sin { get; }

    private TrunkLayer Pack(ModelWeights weights, int layer)
    {
        return new TrunkLayer(
            Norm(weights[ModelWeights.InputNorm(layer)]),
            Matrix(Projections.Query),
            Matrix(Projections.Key),
            Matrix(Projections.Value),
            Matrix(Projections.Output),
            Norm(weights[ModelWeights.PostAttentionNorm(layer)]),
            Matrix(Projections.Gate),
            Matrix(Projections.Up),
            Matrix(Projections.Down));

        PackedMatrix Matrix(string projection)
        {
            WeightTensor tensor = weights[ModelWeights.Projection(layer, projection)];
            return new PackedMatrix(Kernels, tensor.Values, tensor.Shape[0], tensor.Shape[1], Precision);
        }
    }

    private AlignedFloats Norm(WeightTensor tensor)
    {
        var norm = new AlignedFloats(Kernels.Padded(tensor.Values.Length));
        tensor.Values.CopyTo(norm.Span);
        return norm;
    }

    // Angles in float32, as every model of this family was trained with.
    private static (AlignedFloats Cos, AlignedFloats Sin) Rotations(ModelConfig config)
    {
        int half = config.HeadSize / 2;
        var cos = new AlignedFloats((long)config.ContextLength * half);
        var sin = new AlignedFloats((long)config.ContextLength * half);
        for (int i = 0; i < half; i++)
        {
            float frequency = (float)(1 / Math.Pow(config.RopeTheta, 2.0 * i / config.HeadSize));
            for (int position = 0; position < config.ContextLength; position++)
            {
                float angle = position * frequency;
                cos.Span[(position * half) + i] = (float)Math.Cos(angle);
                sin.Span[(position * half) + i] = (float)Math.Sin(angle);
            }
        }

        return (cos, sin);
    }

    private static void CheckFinite(ModelWeights weights)
    {
        foreach ((string name, WeightTensor tensor) in weights.Tensors)
        {
            int at = Array.FindIndex(tensor.Values, value => !float.IsFinite(value));
            if (at >= 0)
                throw new InvalidDataException($"'{name}' holds {tensor.Values[at]} at {at}; weights must be finite.");
        }
    }
}
