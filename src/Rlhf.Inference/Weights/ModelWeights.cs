namespace Rlhf.Inference;

/// <summary>
/// All numbers of a model, checked to be complete and of the right shapes. Names are Hugging Face's for Llama, whatever the family;
/// the files of GPT-2 are translated.
/// </summary>
public sealed class ModelWeights
{
    /// <summary>The embedding, (vocabulary, hidden).</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The last norm's scale, (hidden).</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>The vocabulary projection, (vocabulary, hidden); absent where the embedding is tied.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>The learned positions, (context, hidden), of a family that has them.</summary>
    public const string Positions = "model.embed_positions.weight";

    private readonly Dictionary<string, WeightTensor> _tensors;

    /// <summary>Takes the tensors without copying them.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown, or of another shape than the config says.</exception>
    public ModelWeights(ModelConfig config, IReadOnlyDictionary<string, WeightTensor> tensors)
    {
        config.Validate();
        _tensors = [];
        foreach ((string name, IReadOnlyList<int> shape) in Shapes(config))
        {
            if (!tensors.TryGetValue(name, out WeightTensor? tensor))
                throw new InvalidDataException($"The weights lack '{name}', which should be [{string.Join(", ", shape)}].");
            if (!tensor.Shape.SequenceEqual(shape))
                throw new InvalidDataException($"'{name}' is {tensor}; the config asks for [{string.Join(", ", shape)}].");
            _tensors.Add(name, tensor);
        }

        foreach (string name in tensors.Keys)
        {
            if (!_tensors.ContainsKey(name) && !IsRedundant(name, config))
                throw new InvalidDataException($"The weights hold '{name}', which a {config.Family} of this config does not have.");
        }
    }

    /// <summary>The tensors by name, in the model's order.</summary>
    public IReadOnlyDictionary<string, WeightTensor> Tensors => _tensors;

    /// <summary>One tensor.</summary>
    public WeightTensor this[string name] => _tensors[name];

    /// <summary>The scale of the norm before a layer's attention, (hidden).</summary>
    public static string InputNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    /// <summary>The scale of the norm before a layer's feed-forward part, (hidden).</summary>
    public static string PostAttentionNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    /// <summary>The weight of a projection, (out, in).</summary>
    public static string Projection(int layer, string projection) => Projections.Path(layer, projection) + ".weight";

    /// <summary>The bias of a projection, (out).</summary>
    public static string ProjectionBias(int layer, string projection) => Projections.Path(layer, projection) + ".bias";

    /// <summary>The bias that goes with a norm's scale, (hidden).</summary>
    public static string NormBias(string scale) => scale[..^"weight".Length] + "bias";

    /// <summary>Whether a tensor of a file says nothing new: some tools write the tied head a second time, or the rotary table.</summary>
    internal static bool IsRedundant(string name, ModelConfig config) =>
        (name == Head && config.TiedEmbeddings) || name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>Names and shapes of all tensors of a config, in the model's order.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<int> Shape)> Shapes(ModelConfig config)
    {
        yield return (Embedding, [config.VocabularySize, config.HiddenSize]);
        if (!config.HasRotaryPositions)
            yield return (Positions, [config.ContextLength, config.HiddenSize]);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach ((string, IReadOnlyList<int>) norm in Norm(InputNorm(layer)).Concat(Norm(PostAttentionNorm(layer))))
                yield return norm;
            foreach (string projection in Projections.Of(config))
            {
                (int outputs, int inputs) = Projections.Size(config, projection);
                yield return (Projection(layer, projection), [outputs, inputs]);
                if (config.HasBias(projection))
                    yield return (ProjectionBias(layer, projection), [outputs]);
            }
        }

        foreach ((string, IReadOnlyList<int>) norm in Norm(FinalNorm))
            yield return norm;
        if (!config.TiedEmbeddings)
            yield return (Head, [config.VocabularySize, config.HiddenSize]);

        IEnumerable<(string, IReadOnlyList<int>)> Norm(string scale)
        {
            yield return (scale, [config.HiddenSize]);
            if (config.HasLayerNorms)
                yield return (NormBias(scale), [config.HiddenSize]);
        }
    }

    /// <summary>Norms of one, normally distributed matrices and small biases: a start for training, and a stand-in where only the shape matters.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <param name="deviation">Standard deviation of the matrices.</param>
    public static ModelWeights Random(ModelConfig config, int seed, float deviation = 0.02f)
    {
        var random = new Random(seed);
        var tensors = new Dictionary<string, WeightTensor>();
        foreach ((string name, IReadOnlyList<int> shape) in Shapes(config))
        {
            var values = new float[shape.Aggregate(1, (product, size) => product * size)];
            if (shape.Count == 1 && name.EndsWith("norm.weight", StringComparison.Ordinal))
                Array.Fill(values, 1f);
            else
                FillNormal(values, random, deviation);
            tensors.Add(name, new WeightTensor(values, shape));
        }

        return new ModelWeights(config, tensors);
    }

    // Box-Muller, one of the pair.
    private static void FillNormal(float[] values, Random random, float deviation)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
