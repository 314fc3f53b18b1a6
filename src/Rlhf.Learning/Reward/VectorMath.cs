using System.Numerics;

namespace Rlhf.Learning.Reward;

/// <summary>The two loops that linear models spend their time in.</summary>
internal static class VectorMath
{
    /// <summary>The inner product of two vectors of one length.</summary>
    internal static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);

        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];

        return sum;
    }

    /// <summary><c>to += scale·what</c>, of one length.</summary>
    internal static void AddScaled(Span<float> to, float scale, ReadOnlySpan<float> what)
    {
        var factor = new Vector<float>(scale);
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + (factor * new Vector<float>(what[i..]))).CopyTo(to[i..]);

        for (; i < to.Length; i++)
            to[i] += scale * what[i];
    }
}
