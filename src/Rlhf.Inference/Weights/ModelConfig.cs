namespace Rlhf.Inference;

/// <summary>
/// The shape of a decoder of one of the families, read and written as Hugging Face's <c>config.json</c>. Names are Llama's; GPT-2's own
/// stand beside them.
/// </summary>
public sealed record ModelConfig
{
    /// <summary><c>model_type</c>.</summary>
    /// <value>The default value is <see cref="ModelFamily.Llama"/>.</value>
    public ModelFamily Family { get; init; } = ModelFamily.Llama;

    /// <summary><c>hidden_size</c>, <c>n_embd</c>: width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary><c>intermediate_size</c>, <c>n_inner</c>: width inside the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary><c>num_hidden_layers</c>, <c>n_layer</c>.</summary>
    public required int Layers { get; init; }

    /// <summary><c>num_attention_heads</c>, <c>n_head</c>.</summary>
    public required int Heads { get; init; }

    /// <summary><c>num_key_value_heads</c>: each serves <see cref="Heads"/> / <see cref="KeyValueHeads"/> query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary><c>head_dim</c>.</summary>
    public required int HeadSize { get; init; }

    /// <summary><c>vocab_size</c>: rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary><c>max_position_embeddings</c>, <c>n_positions</c>: the longest sequence, prompt and reply together, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary><c>rms_norm_eps</c>, <c>layer_norm_epsilon</c>.</summary>
    /// <value>The default value is 1e-5.</value>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary><c>rope_theta</c>: base of the rotary frequencies.</summary>
    /// <value>The default value is 10,000.</value>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary><c>rope_scaling</c>; null where the frequencies are as they were trained first.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary><c>tie_word_embeddings</c>: the embedding is the vocabulary projection, too.</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool TiedEmbeddings { get; init; } = true;

    /// <summary><c>bos_token_id</c>.</summary>
    public int? BosTokenId { get; init; }

    /// <summary><c>eos_token_id</c>: a reply ends with any of these.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary><c>pad_token_id</c>.</summary>
    public int? PadTokenId { get; init; }

    /// <summary><c>torch_dtype</c>: how the weights lie on disk.</summary>
    public WeightType WeightType { get; init; } = WeightType.Float32;

    /// <summary>Whether positions turn queries and keys; otherwise each has an embedding that is added to the token's.</summary>
    public bool HasRotaryPositions => Family != ModelFamily.Gpt2;

    /// <summary>Whether norms subtract the mean and add a bias; otherwise they are RMS norms.</summary>
    public bool HasLayerNorms => Family == ModelFamily.Gpt2;

    /// <summary>Whether the feed-forward part is SwiGLU; otherwise it is GELU in its tanh form.</summary>
    public bool HasGate => Family != ModelFamily.Gpt2;

    /// <summary>How many numbers the model has; tied embeddings count once.</summary>
    public long ParameterCount => ModelWeights.Shapes(this).Sum(t => t.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON, or describes a model that this library does not know.</exception>
    public static ModelConfig Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads the text of a <c>config.json</c>; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON, or describes a model that this library does not know.</exception>
    public static ModelConfig Parse(string json, string source)
    {
        ModelConfig config = ModelConfigJson.Parse(json, source);
        if (config.Fault() is { } fault)
            throw new InvalidDataException($"{source}: {fault}");
        return config;
    }

    /// <summary>Writes a <c>config.json</c> that other tools read.</summary>
    public void Save(string path) => File.WriteAllText(path, ModelConfigJson.Write(this));

    /// <summary>Whether a projection has a bias.</summary>
    public bool HasBias(string projection) => Family switch
    {
        ModelFamily.Gpt2 => true,
        ModelFamily.Qwen2 => projection is Projections.Query or Projections.Key or Projections.Value,
        _ => false,
    };

    /// <summary>Throws when the numbers cannot make a model.</summary>
    /// <exception cref="ArgumentException">Names the number, its value and what would be right.</exception>
    public void Validate()
    {
        if (Fault() is { } fault)
            throw new ArgumentException(fault);
    }

    // Named as the family's config names it.
    private string? Fault()
    {
        bool gpt2 = Family == ModelFamily.Gpt2;
        (string Name, int Value)[] sizes =
        [
            (gpt2 ? "n_embd" : "hidden_size", HiddenSize), (gpt2 ? "n_inner" : "intermediate_size", IntermediateSize),
            (gpt2 ? "n_layer" : "num_hidden_layers", Layers), (gpt2 ? "n_head" : "num_attention_heads", Heads), ("num_key_value_heads", KeyValueHeads),
            ("head_dim", HeadSize), ("vocab_size", VocabularySize), (gpt2 ? "n_positions" : "max_position_embeddings", ContextLength),
        ];
        foreach ((string name, int value) in sizes)
        {
            // The largest of this family have a few hundred thousand of anything; beyond lies a wrong digit.
            if (value is < 1 or > 4_194_304)
                return $"{name} is {value}; it must be from 1 to 4194304.";
        }

        if (Heads % KeyValueHeads != 0)
            return $"num_attention_heads is {Heads}, no multiple of num_key_value_heads, which is {KeyValueHeads}.";
        if (gpt2 && (KeyValueHeads != Heads || HeadSize * Heads != HiddenSize || !TiedEmbeddings || RopeScaling is not null))
            return $"n_embd is {HiddenSize} and n_head {Heads}; in this family the one must be a multiple of the other, every head has keys of its own, embeddings are tied, and positions are learned.";
        if (HeadSize % 2 != 0)
            return $"head_dim is {HeadSize}; it must be even, because positions turn its numbers in pairs.";
        if (RopeScaling is RopeScaling.Linear { Factor: var linear } && !(linear >= 1 && double.IsFinite(linear)))
            return $"rope_scaling has the factor {linear}; it must be at least 1.";
        if (RopeScaling is RopeScaling.Llama3 llama3 && !(llama3.Factor >= 1 && llama3.LowFrequencyFactor > 0 && llama3.HighFrequencyFactor > llama3.LowFrequencyFactor && llama3.OriginalContextLength > 0))
            return $"rope_scaling is {llama3}; the factor must be at least 1, high_freq_factor above low_freq_factor, and all above 0.";
        if (!(NormEpsilon > 0))
            return $"{(gpt2 ? "layer_norm_epsilon" : "rms_norm_eps")} is {NormEpsilon}; it must be above 0.";
        if (!(RopeTheta > 0))
            return $"rope_theta is {RopeTheta}; it must be above 0.";
        foreach (int id in EosTokenIds)
        {
            if (id < 0 || id >= VocabularySize)
                return $"eos_token_id is {id}; it must lie in 0..{VocabularySize - 1}.";
        }

        return null;
    }
}
