namespace Rlhf.Inference;

/// <summary>Which decoder a model is; <c>model_type</c> of a config.json.</summary>
public enum ModelFamily
{
    /// <summary>RMS norm, rotary positions, grouped-query attention, SwiGLU; no biases.</summary>
    Llama,

    /// <summary>Llama's layers; a model with a sliding window is not supported.</summary>
    Mistral,

    /// <summary>Llama's layers with biases on queries, keys and values.</summary>
    Qwen2,

    /// <summary>Layer norm, learned positions, GELU in its tanh form, and biases everywhere; embeddings tied.</summary>
    Gpt2,
}
