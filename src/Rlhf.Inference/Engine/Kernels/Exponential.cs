using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>The exponential function in float32; the runtime's own goes through float64, at three times the cost.</summary>
/// <typeparam name="TLanes">What the vectors can do.</typeparam>
/// <typeparam name="TVector">The vectors.</typeparam>
internal static class Exponential<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>The largest argument; greater ones are the caller's to cut.</summary>
    public const float Largest = 88;

    // Below, the result would be no normal number.
    private const float Smallest = -87;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: a whole number times the first is exact.
    private const float LnTwoHigh = 0.693359375f;
    private const float LnTwoLow = -2.12194440e-4f;

    // Added and taken away again, it rounds to a whole number.
    private const float Rounder = 12582912;

    /// <summary>
    /// e to the power of numbers up to <see cref="Largest"/>, within two units of the last place; under -87 it stays at e⁻⁸⁷, nothing beside
    /// the one that a softmax has. NaN stays NaN. The argument is cut to |r| ≤ ln 2 / 2, where the Taylor series to r⁷ is exact enough.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of(TVector x)
    {
        x = TLanes.Max(x, TLanes.All(Smallest));
        TVector whole = TLanes.Subtract(TLanes.MultiplyAdd(x, TLanes.All(Log2E), TLanes.All(Rounder)), TLanes.All(Rounder));
        TVector r = TLanes.MultiplyAdd(whole, TLanes.All(-LnTwoHigh), x);
        r = TLanes.MultiplyAdd(whole, TLanes.All(-LnTwoLow), r);
        TVector sum = TLanes.All(1f / 5040);
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1f / 720));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1f / 120));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1f / 24));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1f / 6));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(0.5f));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.All(1));
        return TLanes.Multiply(sum, TLanes.PowerOfTwo(whole));
    }
}
