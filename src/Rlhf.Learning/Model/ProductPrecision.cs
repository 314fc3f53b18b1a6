using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// The numbers in which activations meet weights. Everything else (residual stream, norms, attention's scores, losses, optimiser) is
/// float32, as in mixed-precision training (Micikevicius et al. 2018); bfloat16 has float32's range, so no loss is scaled.
/// </summary>
public enum ProductPrecision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits, 8 of them for the mantissa.</summary>
    BFloat16,
}

/// <summary>Into a precision and back.</summary>
internal static class ProductPrecisions
{
    /// <summary>A tensor as products need it; itself where it is so already.</summary>
    public static Tensor Of(this ProductPrecision precision, Tensor values)
        => precision == ProductPrecision.Float32 ? values : values.to_type(ScalarType.BFloat16);

    /// <summary>A product's result in float32.</summary>
    public static Tensor Back(this ProductPrecision precision, Tensor values)
        => precision == ProductPrecision.Float32 ? values : values.to_type(ScalarType.Float32);
}
