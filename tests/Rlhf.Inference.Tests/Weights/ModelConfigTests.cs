namespace Rlhf.Inference.Tests;

public sealed class ModelConfigTests
{
    private const string Llama = """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 64, "intermediate_size": 128,
         "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 300, "max_position_embeddings": 128, "rms_norm_eps": 1e-6,
         "rope_theta": 500000.0, "rope_scaling": null, "tie_word_embeddings": false, "eos_token_id": [7, 8], "torch_dtype": "bfloat16"}
        """;

    [Fact]
    public void AHuggingFaceConfig_IsUnderstood()
    {
        ModelConfig config = ModelConfig.Parse(Llama, "config.json");
        Assert.Equal((64, 128, 2, 4, 4, 16, 300, 128), (config.HiddenSize, config.IntermediateSize, config.Layers, config.Heads, config.KeyValueHeads, config.HeadSize, config.VocabularySize, config.ContextLength));
        Assert.Equal((1e-6, 500_000.0, false, WeightType.BFloat16), (config.NormEpsilon, config.RopeTheta, config.TiedEmbeddings, config.WeightType));
        Assert.Equal([7, 8], config.EosTokenIds);
        Assert.Null(config.BosTokenId);
    }

    [Fact]
    public void ParameterCount_CountsEveryNumber() =>
        Assert.Equal(ModelWeights.Random(TestModels.Config, 1).Tensors.Values.Sum(tensor => (long)tensor.Values.Length), TestModels.Config.ParameterCount);

    [Theory]
    [InlineData("""{"rope_type": "linear", "factor": 4}""")]
    [InlineData("""{"type": "linear", "factor": 4.0}""")]
    public void LinearScaling_IsUnderstood(string scaling) =>
        Assert.Equal(new RopeScaling.Linear(4), ModelConfig.Parse(Llama.Replace("\"rope_scaling\": null", "\"rope_scaling\": " + scaling), "c").RopeScaling);

    [Fact]
    public void RotaryParametersOfNewerFiles_AreUnderstood()
    {
        ModelConfig config = ModelConfig.Parse(Llama.Replace("\"rope_theta\": 500000.0, \"rope_scaling\": null", """
            "rope_parameters": {"rope_theta": 7.5, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
            """), "c");
        Assert.Equal((7.5, new RopeScaling.Llama3(8, 1, 4, 64)), (config.RopeTheta, config.RopeScaling));
    }

    public static TheoryData<string> FamilyNames => [.. TestModels.FamilyConfigs.Keys];

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void SavedAndRead_AConfigIsTheSame(string family)
    {
        using var folder = new ScratchFolder();
        ModelConfig config = TestModels.FamilyConfigs[family];
        config.Save(folder["config.json"]);
        ModelConfig again = ModelConfig.Load(folder["config.json"]);
        Assert.Equal(config.EosTokenIds, again.EosTokenIds);
        Assert.Equal(config with { EosTokenIds = [] }, again with { EosTokenIds = [] });
    }

    [Theory]
    [InlineData("\"model_type\": \"llama\",", "", "'model_type' is missing")]
    [InlineData("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"", "model_type is \"mamba\"; supported are gpt2, llama, mistral and qwen2")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"yarn\"}", "rope_scaling")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}", "rope_type is 'yarn'; supported are default, linear and llama3")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0.5}", "factor 0.5; it must be at least 1")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8}", "'low_freq_factor' is missing")]
    [InlineData("\"rope_scaling\": null", "\"attention_bias\": true", "attention_bias is true; supported is false")]
    [InlineData("\"rope_scaling\": null", "\"sliding_window\": 64", "'sliding_window' is 64; it must be null, or at least max_position_embeddings, which is 128")]
    [InlineData("\"rope_scaling\": null", "\"quantization_config\": {\"bits\": 4}", "quantization_config is {\"bits\": 4}; supported are weights in float32")]
    [InlineData("\"rope_scaling\": null", "\"partial_rotary_factor\": 0.5", "'partial_rotary_factor' is 0.5; it must be 1")]
    [InlineData("\"llama\"", "\"qwen2\", \"use_sliding_window\": true", "use_sliding_window is true; supported is false")]
    [InlineData("\"hidden_size\": 64", "\"hidden_size\": \"64\"", "'hidden_size' is \"64\"; it must be a whole number")]
    [InlineData("\"hidden_size\": 64,", "", "'hidden_size' is missing")]
    [InlineData("\"vocab_size\": 300", "\"vocab_size\": 0", "vocab_size is 0; it must be from 1")]
    [InlineData("\"num_attention_heads\": 4", "\"num_attention_heads\": 4, \"num_key_value_heads\": 3", "no multiple of num_key_value_heads")]
    [InlineData("\"num_attention_heads\": 4", "\"num_attention_heads\": 4, \"head_dim\": 15", "head_dim is 15")]
    [InlineData("[7, 8]", "[7, 300]", "eos_token_id is 300")]
    [InlineData("[7, 8]", "\"seven\"", "eos_token_id")]
    [InlineData("bfloat16", "int4", "torch_dtype is 'int4'")]
    [InlineData("1e-6", "-1", "rms_norm_eps")]
    [InlineData("}", "", "is not JSON")]
    public void WhatIsNotSupported_IsNamed(string right, string wrong, string message)
    {
        string text = Assert.Throws<InvalidDataException>(() => ModelConfig.Parse(Llama.Replace(right, wrong), "some/config.json")).Message;
        Assert.Contains(message, text);
        Assert.StartsWith("some/config.json", text);
    }

    [Theory]
    [InlineData("\"gelu_new\"", "\"relu\"", "'activation_function' is \"relu\"; it must be gelu_new")]
    [InlineData("\"n_head\": 2", "\"n_head\": 3", "n_embd is 16 and n_head 3")]
    [InlineData("\"n_head\": 2", "\"n_head\": 2, \"scale_attn_by_inverse_layer_idx\": true", "scale_attn_by_inverse_layer_idx is true; supported is false")]
    [InlineData("\"n_embd\": 16", "\"n_embd\": 0", "n_embd is 0; it must be from 1")]
    [InlineData("\"n_layer\": 2,", "", "'n_layer' is missing")]
    public void WhatIsNotSupportedOfGpt2_IsNamed(string right, string wrong, string message)
    {
        string config = File.ReadAllText(Path.Combine(Families.Folder("gpt2"), "config.json"));
        Assert.Contains(right, config);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => ModelConfig.Parse(config.Replace(right, wrong), "some/config.json")).Message);
    }
}
