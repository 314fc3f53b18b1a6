using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>
/// Arithmetic of tensors with numbers, and sums of tensors, which libtorch computes with a number too: left + α·right. TorchSharp hands native
/// code the address of the number's native copy and keeps nothing alive meanwhile, so that a finaliser may free it while it is read. Here
/// every number is held until the call is over, and nothing else in this assembly gives TorchSharp one.
/// </summary>
internal static class Arithmetic
{
    // α, for as long as the process runs.
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, alpha: One);

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.add(number, alpha: One);
    }

    /// <summary>left − right; of two tensors, TorchSharp's own operator needs no number.</summary>
    public static Tensor Minus(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.sub(number);
    }

    /// <summary>left · right; of two tensors, TorchSharp's own operator needs no number.</summary>
    public static Tensor Times(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.mul(number);
    }

    /// <summary>left / right; of two tensors, TorchSharp's own operator needs no number.</summary>
    public static Tensor Over(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.div(number);
    }

    /// <summary>x².</summary>
    public static Tensor Squared(this Tensor x) => x.mul(x);

    /// <summary>What lies outside of two bounds becomes the nearer one.</summary>
    public static Tensor Clamped(this Tensor x, double least, double most)
    {
        using var lower = least.ToScalar();
        using var upper = most.ToScalar();
        return x.clamp(lower, upper);
    }

    /// <summary>left becomes left + right.</summary>
    public static Tensor AddInPlace(this Tensor left, Tensor right) => left.add_(right, alpha: One);

    /// <summary>left becomes left + right.</summary>
    public static Tensor AddInPlace(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.add_(number, alpha: One);
    }

    /// <summary>left becomes left + factor · right.</summary>
    public static Tensor AddInPlace(this Tensor left, Tensor right, double factor)
    {
        using var number = factor.ToScalar();
        return left.add_(right, alpha: number);
    }

    /// <summary>left becomes left + factor · first · second.</summary>
    public static Tensor AddProductInPlace(this Tensor left, Tensor first, Tensor second, double factor)
    {
        using var number = factor.ToScalar();
        return left.addcmul_(first, second, number);
    }

    /// <summary>left becomes left + factor · dividend / divisor.</summary>
    public static Tensor AddQuotientInPlace(this Tensor left, Tensor dividend, Tensor divisor, double factor)
    {
        using var number = factor.ToScalar();
        return left.addcdiv_(dividend, divisor, number);
    }

    /// <summary>left becomes left · right.</summary>
    public static Tensor MultiplyInPlace(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.mul_(number);
    }

    /// <summary>left becomes left / right.</summary>
    public static Tensor DivideInPlace(this Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.div_(number);
    }
}
