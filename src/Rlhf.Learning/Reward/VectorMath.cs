using System.Numerics;

namespace Rlhf.Learning.Reward;

/// <summary>The two loops that linear models spend their time in.</summary>
internal static class VectorMath
{
    /// <summary>The inner product of two vectors of one length.</summary>
    internal static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var width = Vector<float>.Count;
        var (first, second, third, fourth) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        var i = 0;

        // Four sums, so that one addition need not wait for the one before.
        for (; i <= a.Length - (4 * width); i += 4 * width)
        {
            first += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
            second += new Vector<float>(a[(i + width)..]) * new Vector<float>(b[(i + width)..]);
            third += new Vector<float>(a[(i + (2 * width))..]) * new Vector<float>(b[(i + (2 * width))..]);
            fourth += new Vector<float>(a[(i + (3 * width))..]) * new Vector<float>(b[(i + (3 * width))..]);
        }

        for (; i <= a.Length - width; i += width)
            first += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);

        double sum = Vector.Sum(first + second + (third + fourth));
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
