namespace Rlhf.Inference;

/// <summary>How numbers lie in a weights file. In memory they are float32; what an engine packs them to is <see cref="WeightPrecision"/>.</summary>
public enum WeightType
{
    /// <summary>IEEE float32.</summary>
    Float32,

    /// <summary>The upper half of a float32.</summary>
    BFloat16,

    /// <summary>IEEE float16.</summary>
    Float16,
}
