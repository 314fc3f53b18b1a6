namespace Rlhf.Inference;

/// <summary>The linear maps of a layer, by Hugging Face's names; each may carry a LoRA.</summary>
public static class Projections
{
    /// <summary>Queries.</summary>
    public const string Query = "self_attn.q_proj";

    /// <summary>Keys.</summary>
    public const string Key = "self_attn.k_proj";

    /// <summary>Values.</summary>
    public const string Value = "self_attn.v_proj";

    /// <summary>From the heads back to the residual stream.</summary>
    public const string Output = "self_attn.o_proj";

    /// <summary>The gate of SwiGLU.</summary>
    public const string Gate = "mlp.gate_proj";

    /// <summary>Into the feed-forward part: the gated half of SwiGLU, or all of it where there is no gate.</summary>
    public const string Up = "mlp.up_proj";

    /// <summary>From the feed-forward part back to the residual stream.</summary>
    public const string Down = "mlp.down_proj";

    /// <summary>All seven, in the order of use.</summary>
    public static IReadOnlyList<string> All { get; } = [Query, Key, Value, Output, Gate, Up, Down];

    private static IReadOnlyList<string> Ungated { get; } = [Query, Key, Value, Output, Up, Down];

    /// <summary>Those that a model has: without a gate there are six.</summary>
    public static IReadOnlyList<string> Of(ModelConfig config) => config.HasGate ? All : Ungated;

    /// <summary>Outputs and inputs of a projection: its weight has this shape.</summary>
    /// <exception cref="ArgumentException">No projection has this name.</exception>
    public static (int Out, int In) Size(ModelConfig config, string projection) => projection switch
    {
        Query => (config.Heads * config.HeadSize, config.HiddenSize),
        Key or Value => (config.KeyValueHeads * config.HeadSize, config.HiddenSize),
        Output => (config.HiddenSize, config.Heads * config.HeadSize),
        Gate or Up => (config.IntermediateSize, config.HiddenSize),
        Down => (config.HiddenSize, config.IntermediateSize),
        _ => throw new ArgumentException($"'{projection}' is no projection; there are {string.Join(", ", All)}.", nameof(projection)),
    };

    /// <summary>The path of a projection in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public static string Path(int layer, string projection) => $"model.layers.{layer}.{projection}";
}
