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
    [InlineData("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"", "model_type is \"mamba\"; supported is llama")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act")]
    [InlineData("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"yarn\"}", "rope_scaling")]
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
}
