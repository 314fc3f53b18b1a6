namespace Rlhf.Inference;

/// <summary>
/// How an engine holds the trunk's matrices. Fewer bytes are read faster, and reading them is what a token costs; the arithmetic is
/// float32 in each case, and so are norms, adapters and the table of embeddings.
/// </summary>
public enum WeightPrecision
{
    /// <summary>As trained: log-probabilities agree with the learner's.</summary>
    Float32,

    /// <summary>The upper half of each float32, rounded: half the bytes.</summary>
    BFloat16,

    /// <summary>Eight bits with a scale for each output and each block of inputs: a quarter of the bytes.</summary>
    Int8,
}
