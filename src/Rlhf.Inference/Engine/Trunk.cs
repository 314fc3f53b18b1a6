namespace Rlhf.Inference;

/// <summary>A norm's weights; an RMS norm has no bias.</summary>
internal sealed record TrunkNorm(AlignedFloats Scale, AlignedFloats? Bias);

/// <summary>One layer's weights, packed; without a gate the feed-forward part is GELU.</summary>
internal sealed record TrunkLayer(
    TrunkNorm InputNorm,
    PackedMatrix Query,
    PackedMatrix Key,
    PackedMatrix Value,
    PackedMatrix Output,
    TrunkNorm PostAttentionNorm,
    PackedMatrix? Gate,
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
        var memory = new WeightMemory(model.Config.ParameterCount * PackedMatrix.Bytes(precision));
        Layers = [.. Enumerable.Range(0, Config.Layers).Select(layer => Pack(model.Weights, layer, memory))];
        FinalNorm = Norm(model.Weights, ModelWeights.FinalNorm);
        Positions = Config.HasRotaryPositions ? null : model.Weights[ModelWeights.Positions].Values;
        string head = Config.TiedEmbeddings ? ModelWeights.Embedding : ModelWeights.Head;
        Head = new PackedMatrix(kernels, model.Weights[head].Values, Config.VocabularySize, Config.HiddenSize, precision, memory: memory);
        (Cos, Sin) = Rotations(Config);
    }

    public ModelConfig Config { get; }

    public Kernels Kernels { get; }

    /// <summary>How the matrices are held.</summary>
    public WeightPrecision Precision { get; }

    /// <summary>(vocabulary, hidden), row-major: rows are looked up.</summary>
    public float[] Embedding { get; }

    public IReadOnlyList<TrunkLayer> Layers { get; }

    public TrunkNorm FinalNorm { get; }

    /// <summary>(context, hidden), row-major, of a model with learned positions.</summary>
    public float[]? Positions { get; }

    public PackedMatrix Head { get; }

    /// <summary>(position, half a head).</summary>
    public AlignedFloats Cos { get; }

    /// <summary>(position, half a head).</summary>
    public AlignedFloats Sin { get; }

    private TrunkLayer Pack(ModelWeights weights, int layer, WeightMemory memory)
    {
        return new TrunkLayer(
            Norm(weights, ModelWeights.InputNorm(layer)),
            Matrix(Projections.Query),
            Matrix(Projections.Key),
            Matrix(Projections.Value),
            Matrix(Projections.Output),
            Norm(weights, ModelWeights.PostAttentionNorm(layer)),
            Config.HasGate ? Matrix(Projections.Gate) : null,
            Matrix(Projections.Up),
            Matrix(Projections.Down));

        PackedMatrix Matrix(string projection)
        {
            WeightTensor tensor = weights[ModelWeights.Projection(layer, projection)];
            return new PackedMatrix(Kernels, tensor.Values, tensor.Shape[0], tensor.Shape[1], Precision, memory: memory)
            {
                Bias = Config.HasBias(projection) ? Padded(weights[ModelWeights.ProjectionBias(layer, projection)]) : null,
            };
        }
    }

    private TrunkNorm Norm(ModelWeights weights, string scale) =>
        new(Padded(weights[scale]), Config.HasLayerNorms ? Padded(weights[ModelWeights.NormBias(scale)]) : null);

    private AlignedFloats Padded(WeightTensor tensor)
    {
        float[] values = tensor.Values;
        var padded = new AlignedFloats(Kernels.Padded(values.Length));
        values.CopyTo(padded.Span);
        return padded;
    }

    // Angles in float32, as the models were trained with. Where positions are learned, nothing turns.
    private static (AlignedFloats Cos, AlignedFloats Sin) Rotations(ModelConfig config)
    {
        int half = config.HeadSize / 2;
        var cos = new AlignedFloats((long)config.ContextLength * half);
        var sin = new AlignedFloats((long)config.ContextLength * half);
        float[] frequencies = config.HasRotaryPositions ? RotaryFrequencies.Of(config) : new float[half];
        for (int i = 0; i < half; i++)
        {
            for (int position = 0; position < config.ContextLength; position++)
            {
                float angle = position * frequencies[i];
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
            float[] values = tensor.Values;
            int at = Array.FindIndex(values, value => !float.IsFinite(value));
            if (at >= 0)
                throw new InvalidDataException($"'{name}' holds {values[at]} at {at}; weights must be finite.");
        }
    }
}
