using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>The shape of a decoder of the Llama family, read and written as Hugging Face's <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary><c>hidden_size</c>: width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary><c>intermediate_size</c>: width inside the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary><c>num_hidden_layers</c>.</summary>
    public required int Layers { get; init; }

    /// <summary><c>num_attention_heads</c>.</summary>
    public required int Heads { get; init; }

    /// <summary><c>num_key_value_heads</c>: each serves <see cref="Heads"/> / <see cref="KeyValueHeads"/> query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary><c>head_dim</c>.</summary>
    public required int HeadSize { get; init; }

    /// <summary><c>vocab_size</c>: rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary><c>max_position_embeddings</c>: the longest sequence, prompt and reply together, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary><c>rms_norm_eps</c>.</summary>
    /// <value>The default value is 1e-5.</value>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary><c>rope_theta</c>: base of the rotary frequencies.</summary>
    /// <value>The default value is 10,000.</value>
    public double RopeTheta { get; init; } = 10_000;

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

    /// <summary>How many numbers the model has; tied embeddings count once.</summary>
    public long ParameterCount => ModelWeights.Shapes(this).Sum(t => t.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON, or describes a model that this library does not know.</exception>
    public static ModelConfig Load(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads the text of a <c>config.json</c>; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON, or describes a model that this library does not know.</exception>
    public static ModelConfig Parse(string json, string source)
    {
        JsonFields fields = JsonFields.Parse(json, source);
        fields.Expect("model_type", "llama");
        fields.Expect("hidden_act", "silu");
        fields.Expect("attention_bias", "false");
        fields.Expect("mlp_bias", "false");
        fields.Expect("rope_scaling", "null");
        int hidden = fields.Int("hidden_size");
        int heads = fields.Int("num_attention_heads");
        var config = new ModelConfig
        {
            HiddenSize = hidden,
            IntermediateSize = fields.Int("intermediate_size"),
            Layers = fields.Int("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = fields.OptionalInt("num_key_value_heads") ?? heads,
            HeadSize = fields.OptionalInt("head_dim") ?? hidden / Math.Max(heads, 1),
            VocabularySize = fields.Int("vocab_size"),
            ContextLength = fields.Int("max_position_embeddings"),
            NormEpsilon = fields.OptionalDouble("rms_norm_eps") ?? 1e-6,
            RopeTheta = fields.OptionalDouble("rope_theta") ?? 10_000,
            TiedEmbeddings = fields.OptionalBool("tie_word_embeddings") ?? false,
            BosTokenId = fields.OptionalInt("bos_token_id"),
            EosTokenIds = fields.Ints("eos_token_id"),
            PadTokenId = fields.OptionalInt("pad_token_id"),
            WeightType = (fields.OptionalString("torch_dtype") ?? fields.OptionalString("dtype") ?? "float32") switch
            {
                "float32" => WeightType.Float32,
                "bfloat16" => WeightType.BFloat16,
                "float16" => WeightType.Float16,
                var other => throw new InvalidDataException($"{source}: torch_dtype is '{other}'; supported are float32, bfloat16 and float16."),
            },
        };
        if (config.Fault() is { } fault)
            throw new InvalidDataException($"{source}: {fault}");
        return config;
    }

    /// <summary>Writes a <c>config.json</c> that other tools read.</summary>
    public void Save(string path)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["hidden_act"] = "silu",
            ["attention_bias"] = false,
            ["mlp_bias"] = false,
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyValueHeads,
            ["head_dim"] = HeadSize,
            ["vocab_size"] = VocabularySize,
            ["max_position_embeddings"] = ContextLength,
            ["rms_norm_eps"] = NormEpsilon,
            ["rope_theta"] = RopeTheta,
            ["rope_scaling"] = null,
            ["tie_word_embeddings"] = TiedEmbeddings,
            ["bos_token_id"] = BosTokenId,
            ["eos_token_id"] = EosTokenIds.Count == 1 ? EosTokenIds[0] : new JsonArray([.. EosTokenIds.Select(id => JsonValue.Create(id))]),
            ["pad_token_id"] = PadTokenId,
            ["torch_dtype"] = WeightType.ToString().ToLowerInvariant(),
        };
        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Throws when the numbers cannot make a model.</summary>
    /// <exception cref="ArgumentException">Names the number, its value and what would be right.</exception>
    public void Validate()
    {
        if (Fault() is { } fault)
            throw new ArgumentException(fault);
    }

    private string? Fault()
    {
        (string Name, int Value)[] sizes =
        [
            ("hidden_size", HiddenSize), ("intermediate_size", IntermediateSize), ("num_hidden_layers", Layers), ("num_attention_heads", Heads),
            ("num_key_value_heads", KeyValueHeads), ("head_dim", HeadSize), ("vocab_size", VocabularySize), ("max_position_embeddings", ContextLength),
        ];
        foreach ((string name, int value) in sizes)
        {
            // The largest of this family have a few hundred thousand of anything; beyond lies a wrong digit.
            if (value is < 1 or > 4_194_304)
                return $"{name} is {value}; it must be from 1 to 4194304.";
        }

        if (Heads % KeyValueHeads != 0)
            return $"num_attention_heads is {Heads}, no multiple of num_key_value_heads, which is {KeyValueHeads}.";
        if (HeadSize % 2 != 0)
            return $"head_dim is {HeadSize}; rotary positions need an even number.";
        if (!(NormEpsilon > 0))
            return $"rms_norm_eps is {NormEpsilon}; it must be above 0.";
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
