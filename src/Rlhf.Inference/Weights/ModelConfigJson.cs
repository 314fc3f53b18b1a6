using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>Hugging Face's config.json of each family. A key that would change what the model computes is read or refused, never passed over.</summary>
internal static class ModelConfigJson
{
    private const string Families = "gpt2, llama, mistral and qwen2";

    public static ModelConfig Parse(string json, string source)
    {
        JsonFields fields = JsonFields.Parse(json, source);
        if (fields.Has("quantization_config"))
            throw new InvalidDataException($"{source}: quantization_config is {fields.Required("quantization_config").GetRawText()}; supported are weights in float32, float16 and bfloat16.");
        ModelConfig config = fields.OptionalString("model_type") switch
        {
            "llama" => ParseLlama(fields, ModelFamily.Llama),
            "mistral" => ParseLlama(fields, ModelFamily.Mistral),
            "qwen2" => ParseLlama(fields, ModelFamily.Qwen2),
            "gpt2" => ParseGpt2(fields),
            null => throw new InvalidDataException($"{source}: 'model_type' is missing; supported are {Families}."),
            _ => throw new InvalidDataException($"{source}: model_type is {fields.Required("model_type").GetRawText()}; supported are {Families}."),
        };
        return config with
        {
            VocabularySize = fields.Int("vocab_size"),
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
    }

    public static string Write(ModelConfig config)
    {
        JsonObject json = config.Family == ModelFamily.Gpt2 ? WriteGpt2(config) : WriteLlama(config);
        json["vocab_size"] = config.VocabularySize;
        json["tie_word_embeddings"] = config.TiedEmbeddings;
        json["bos_token_id"] = config.BosTokenId;
        json["eos_token_id"] = config.EosTokenIds.Count == 1 ? config.EosTokenIds[0] : new JsonArray([.. config.EosTokenIds.Select(id => JsonValue.Create(id))]);
        json["pad_token_id"] = config.PadTokenId;
        json["torch_dtype"] = config.WeightType.ToString().ToLowerInvariant();
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static ModelConfig ParseLlama(JsonFields fields, ModelFamily family)
    {
        fields.Expect("hidden_act", "silu");
        fields.Expect("attention_bias", family == ModelFamily.Qwen2 ? "true" : "false");
        fields.Expect("mlp_bias", "false");
        if (fields.OptionalDouble("partial_rotary_factor") is not (null or 1))
            throw fields.Wrong("partial_rotary_factor", "1");
        int hidden = fields.Int("hidden_size");
        int heads = fields.Int("num_attention_heads");
        int context = fields.Int("max_position_embeddings");
        CheckWindow(fields, family, context);
        // Newer files keep base and scaling together.
        JsonFields rotary = fields.Has("rope_parameters") ? fields.Object("rope_parameters") : fields;
        return new ModelConfig
        {
            Family = family,
            HiddenSize = hidden,
            IntermediateSize = fields.Int("intermediate_size"),
            Layers = fields.Int("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = fields.OptionalInt("num_key_value_heads") ?? heads,
            HeadSize = fields.OptionalInt("head_dim") ?? hidden / Math.Max(heads, 1),
            VocabularySize = 0,
            ContextLength = context,
            NormEpsilon = fields.OptionalDouble("rms_norm_eps") ?? 1e-6,
            RopeTheta = rotary.OptionalDouble("rope_theta") ?? 10_000,
            RopeScaling = rotary != fields ? ParseScaling(rotary) : fields.Has("rope_scaling") ? ParseScaling(fields.Object("rope_scaling")) : null,
            TiedEmbeddings = fields.OptionalBool("tie_word_embeddings") ?? false,
        };
    }

    private static void CheckWindow(JsonFields fields, ModelFamily family, int context)
    {
        if (family == ModelFamily.Qwen2)
        {
            fields.Expect("use_sliding_window", "false");
            return;
        }

        if (fields.OptionalInt("sliding_window") is { } window && window < context)
            throw fields.Wrong("sliding_window", $"null, or at least max_position_embeddings, which is {context}; a sliding window is not supported");
    }

    private static RopeScaling? ParseScaling(JsonFields fields)
    {
        string type = fields.OptionalString("rope_type") ?? fields.OptionalString("type") ?? "default";
        return type switch
        {
            "default" => null,
            "linear" => new RopeScaling.Linear(Number("factor")),
            "llama3" => new RopeScaling.Llama3(Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"), fields.Int("original_max_position_embeddings")),
            _ => throw new InvalidDataException($"{fields.Source}: rope_type is '{type}'; supported are default, linear and llama3."),
        };

        double Number(string name) => fields.OptionalDouble(name) ?? throw new InvalidDataException($"{fields.Source}: '{name}' is missing; a number is needed.");
    }

    private static ModelConfig ParseGpt2(JsonFields fields)
    {
        if (fields.OptionalString("activation_function") is not (null or "gelu_new" or "gelu_pytorch_tanh"))
            throw fields.Wrong("activation_function", "gelu_new (or gelu_pytorch_tanh, the same)");
        fields.Expect("scale_attn_weights", "true");
        fields.Expect("scale_attn_by_inverse_layer_idx", "false");
        fields.Expect("add_cross_attention", "false");
        fields.Expect("tie_word_embeddings", "true");
        int hidden = fields.Int("n_embd");
        int heads = fields.Int("n_head");
        return new ModelConfig
        {
            Family = ModelFamily.Gpt2,
            HiddenSize = hidden,
            IntermediateSize = fields.OptionalInt("n_inner") ?? 4 * hidden,
            Layers = fields.Int("n_layer"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / Math.Max(heads, 1),
            VocabularySize = 0,
            ContextLength = fields.OptionalInt("n_positions") ?? fields.Int("n_ctx"),
            NormEpsilon = fields.OptionalDouble("layer_norm_epsilon") ?? 1e-5,
            TiedEmbeddings = true,
        };
    }

    private static JsonObject WriteLlama(ModelConfig config)
    {
        string type = config.Family.ToString().ToLowerInvariant();
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray($"{config.Family}ForCausalLM"),
            ["model_type"] = type,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["head_dim"] = config.HeadSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_theta"] = config.RopeTheta,
            ["rope_scaling"] = config.RopeScaling switch
            {
                RopeScaling.Linear linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.Factor },
                RopeScaling.Llama3 llama3 => new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = llama3.Factor,
                    ["low_freq_factor"] = llama3.LowFrequencyFactor,
                    ["high_freq_factor"] = llama3.HighFrequencyFactor,
                    ["original_max_position_embeddings"] = llama3.OriginalContextLength,
                },
                _ => null,
            },
        };
        if (config.Family == ModelFamily.Llama)
        {
            json["attention_bias"] = false;
            json["mlp_bias"] = false;
        }

        if (config.Family == ModelFamily.Qwen2)
            json["use_sliding_window"] = false;
        if (config.Family == ModelFamily.Mistral)
            json["sliding_window"] = null;
        return json;
    }

    private static JsonObject WriteGpt2(ModelConfig config) => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["activation_function"] = "gelu_new",
        ["n_embd"] = config.HiddenSize,
        ["n_inner"] = config.IntermediateSize,
        ["n_layer"] = config.Layers,
        ["n_head"] = config.Heads,
        ["n_positions"] = config.ContextLength,
        ["layer_norm_epsilon"] = config.NormEpsilon,
    };
}
