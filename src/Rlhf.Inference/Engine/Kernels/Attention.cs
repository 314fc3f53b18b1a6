using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>
/// Attention on vectors of one width. Queries go by twos, so that a key or a value that was read serves both; what a query gets is the
/// same sums in the same order alone or beside another.
/// </summary>
/// <typeparam name="TLanes">What the vectors can do.</typeparam>
/// <typeparam name="TVector">The vectors.</typeparam>
internal static unsafe class Attention<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>See <see cref="Kernels.Attend"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Attend(float* queries, int count, float* keys, float* values, int* positions, int headSize, float* scores, int scoresStride, float* results)
    {
        int stride = (headSize + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        int at = 0;
        for (; at + 2 <= count; at += 2)
        {
            float* query = queries + ((long)at * stride);
            float* result = results + ((long)at * stride);
            float* second = scores + scoresStride;
            // What only one of them sees weighs nothing for the other.
            ScoresOfTwo(query, query + stride, keys, Blocks(Math.Max(positions[at], positions[at + 1])), headSize, scores, second);
            float scale = Weights(scores, positions[at]);
            float secondScale = Weights(second, positions[at + 1]);
            int column = 0;
            if (TLanes.ManyRegisters)
            {
                for (; column + (2 * TLanes.Count) <= stride; column += 2 * TLanes.Count)
                    WideAverageOfTwo(scores, second, positions[at], positions[at + 1], scale, secondScale, values + column, stride, result + column, result + stride + column);
            }

            for (; column < stride; column += TLanes.Count)
                AverageOfTwo(scores, second, positions[at], positions[at + 1], scale, secondScale, values + column, stride, result + column, result + stride + column);
        }

        if (at < count)
        {
            float* query = queries + ((long)at * stride);
            Scores(query, keys, Blocks(positions[at]), headSize, scores);
            float scale = Weights(scores, positions[at]);
            for (int column = 0; column < stride; column += TLanes.Count)
            {
                TVector zero = TLanes.All(0);
                TLanes.Store(results + ((long)at * stride) + column, Average(zero, zero, zero, zero, 0, scores, positions[at], scale, values + column, stride));
            }
        }
    }

    private static int Blocks(int positions) => (positions + TLanes.Count - 1) / TLanes.Count;

    // Four blocks side by side, so that an addition need not wait for the one before. Where fewer are left, the last one is computed again
    // for those that are not there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfTwo(float* first, float* second, float* keys, int blocks, int headSize, float* scores, float* secondScores)
    {
        int lanes = TLanes.Count;
        int block = headSize * lanes;
        for (int b = 0; b < blocks; b += 4)
        {
            int last = blocks - 1 - b;
            (int at1, int at2, int at3) = (Math.Min(1, last), Math.Min(2, last), Math.Min(3, last));
            TVector s0 = TLanes.All(0), s1 = s0, s2 = s0, s3 = s0;
            TVector t0 = s0, t1 = s0, t2 = s0, t3 = s0;
            float* k0 = keys + ((long)b * block);
            float* k1 = k0 + (at1 * block);
            float* k2 = k0 + (at2 * block);
            float* k3 = k0 + (at3 * block);
            for (int d = 0; d < headSize; d++)
            {
                TVector q = TLanes.All(first[d]);
                TVector r = TLanes.All(second[d]);
                TVector k = TLanes.Load(k0 + (d * lanes));
                s0 = TLanes.MultiplyAdd(q, k, s0);
                t0 = TLanes.MultiplyAdd(r, k, t0);
                k = TLanes.Load(k1 + (d * lanes));
                s1 = TLanes.MultiplyAdd(q, k, s1);
                t1 = TLanes.MultiplyAdd(r, k, t1);
                k = TLanes.Load(k2 + (d * lanes));
                s2 = TLanes.MultiplyAdd(q, k, s2);
                t2 = TLanes.MultiplyAdd(r, k, t2);
                k = TLanes.Load(k3 + (d * lanes));
                s3 = TLanes.MultiplyAdd(q, k, s3);
                t3 = TLanes.MultiplyAdd(r, k, t3);
            }

            Store(scores + (b * lanes), at1, at2, at3, s0, s1, s2, s3);
            Store(secondScores + (b * lanes), at1, at2, at3, t0, t1, t2, t3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(float* query, float* keys, int blocks, int headSize, float* scores)
    {
        int lanes = TLanes.Count;
        int block = headSize * lanes;
        for (int b = 0; b < blocks; b += 4)
        {
            int last = blocks - 1 - b;
            (int at1, int at2, int at3) = (Math.Min(1, last), Math.Min(2, last), Math.Min(3, last));
            TVector s0 = TLanes.All(0), s1 = s0, s2 = s0, s3 = s0;
            float* k0 = keys + ((long)b * block);
            float* k1 = k0 + (at1 * block);
            float* k2 = k0 + (at2 * block);
            float* k3 = k0 + (at3 * block);
            for (int d = 0; d < headSize; d++)
            {
                TVector q = TLanes.All(query[d]);
                s0 = TLanes.MultiplyAdd(q, TLanes.Load(k0 + (d * lanes)), s0);
                s1 = TLanes.MultiplyAdd(q, TLanes.Load(k1 + (d * lanes)), s1);
                s2 = TLanes.MultiplyAdd(q, TLanes.Load(k2 + (d * lanes)), s2);
                s3 = TLanes.MultiplyAdd(q, TLanes.Load(k3 + (d * lanes)), s3);
            }

            Store(scores + (b * lanes), at1, at2, at3, s0, s1, s2, s3);
        }
    }

    // exp(score - largest) in place; gives back one over their sum. Positions beyond the last weigh nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Weights(float* scores, int positions)
    {
        int padded = Blocks(positions) * TLanes.Count;
        for (int p = positions; p < padded; p++)
            scores[p] = float.NegativeInfinity;
        TVector shift = TLanes.All(Largest(scores, padded));
        TVector sums = TLanes.All(0);
        for (int p = 0; p < padded; p += TLanes.Count)
        {
            TVector weight = Exponential<TLanes, TVector>.Of(TLanes.Subtract(TLanes.Load(scores + p), shift));
            TLanes.Store(scores + p, weight);
            sums = TLanes.Add(sums, weight);
        }

        return 1 / TLanes.Sum(sums);
    }

    // Four sums for each query, by position modulo four, so that an addition need not wait for the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AverageOfTwo(
        float* weights, float* secondWeights, int positions, int secondPositions, float scale, float secondScale, float* values, int stride, float* result, float* secondResult)
    {
        TVector a0 = TLanes.All(0), a1 = a0, a2 = a0, a3 = a0;
        TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        int shared = Math.Min(positions, secondPositions);
        float* v = values;
        int p = 0;
        for (; p + 4 <= shared; p += 4, v += 4 * stride)
        {
            TVector value = TLanes.Load(v);
            a0 = TLanes.MultiplyAdd(TLanes.All(weights[p]), value, a0);
            b0 = TLanes.MultiplyAdd(TLanes.All(secondWeights[p]), value, b0);
            value = TLanes.Load(v + stride);
            a1 = TLanes.MultiplyAdd(TLanes.All(weights[p + 1]), value, a1);
            b1 = TLanes.MultiplyAdd(TLanes.All(secondWeights[p + 1]), value, b1);
            value = TLanes.Load(v + (2 * stride));
            a2 = TLanes.MultiplyAdd(TLanes.All(weights[p + 2]), value, a2);
            b2 = TLanes.MultiplyAdd(TLanes.All(secondWeights[p + 2]), value, b2);
            value = TLanes.Load(v + (3 * stride));
            a3 = TLanes.MultiplyAdd(TLanes.All(weights[p + 3]), value, a3);
            b3 = TLanes.MultiplyAdd(TLanes.All(secondWeights[p + 3]), value, b3);
        }

        TLanes.Store(result, Average(a0, a1, a2, a3, p, weights, positions, scale, values, stride));
        TLanes.Store(secondResult, Average(b0, b1, b2, b3, p, secondWeights, secondPositions, secondScale, values, stride));
    }

    // Two vectors of columns at once: a value's neighbours come with it, and a weight is read once for both.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideAverageOfTwo(
        float* weights, float* secondWeights, int positions, int secondPositions, float scale, float secondScale, float* values, int stride, float* result, float* secondResult)
    {
        int lanes = TLanes.Count;
        TVector a0 = TLanes.All(0), a1 = a0, a2 = a0, a3 = a0;
        TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        TVector c0 = a0, c1 = a0, c2 = a0, c3 = a0;
        TVector d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        int shared = Math.Min(positions, secondPositions);
        float* v = values;
        int p = 0;
        for (; p + 4 <= shared; p += 4, v += 4 * stride)
        {
            TVector w = TLanes.All(weights[p]);
            TVector u = TLanes.All(secondWeights[p]);
            TVector left = TLanes.Load(v);
            TVector right = TLanes.Load(v + lanes);
            a0 = TLanes.MultiplyAdd(w, left, a0);
            b0 = TLanes.MultiplyAdd(u, left, b0);
            c0 = TLanes.MultiplyAdd(w, right, c0);
            d0 = TLanes.MultiplyAdd(u, right, d0);
            w = TLanes.All(weights[p + 1]);
            u = TLanes.All(secondWeights[p + 1]);
            left = TLanes.Load(v + stride);
            right = TLanes.Load(v + stride + lanes);
            a1 = TLanes.MultiplyAdd(w, left, a1);
            b1 = TLanes.MultiplyAdd(u, left, b1);
            c1 = TLanes.MultiplyAdd(w, right, c1);
            d1 = TLanes.MultiplyAdd(u, right, d1);
            w = TLanes.All(weights[p + 2]);
            u = TLanes.All(secondWeights[p + 2]);
            left = TLanes.Load(v + (2 * stride));
            right = TLanes.Load(v + (2 * stride) + lanes);
            a2 = TLanes.MultiplyAdd(w, left, a2);
            b2 = TLanes.MultiplyAdd(u, left, b2);
            c2 = TLanes.MultiplyAdd(w, right, c2);
            d2 = TLanes.MultiplyAdd(u, right, d2);
            w = TLanes.All(weights[p + 3]);
            u = TLanes.All(secondWeights[p + 3]);
            left = TLanes.Load(v + (3 * stride));
            right = TLanes.Load(v + (3 * stride) + lanes);
            a3 = TLanes.MultiplyAdd(w, left, a3);
            b3 = TLanes.MultiplyAdd(u, left, b3);
            c3 = TLanes.MultiplyAdd(w, right, c3);
            d3 = TLanes.MultiplyAdd(u, right, d3);
        }

        TLanes.Store(result, Average(a0, a1, a2, a3, p, weights, positions, scale, values, stride));
        TLanes.Store(secondResult, Average(b0, b1, b2, b3, p, secondWeights, secondPositions, secondScale, values, stride));
        TLanes.Store(result + lanes, Average(c0, c1, c2, c3, p, weights, positions, scale, values + lanes, stride));
        TLanes.Store(secondResult + lanes, Average(d0, d1, d2, d3, p, secondWeights, secondPositions, secondScale, values + lanes, stride));
    }

    // From a position on, a multiple of four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Average(TVector a0, TVector a1, TVector a2, TVector a3, int from, float* weights, int positions, float scale, float* values, int stride)
    {
        float* v = values + ((long)from * stride);
        int p = from;
        for (; p + 4 <= positions; p += 4, v += 4 * stride)
        {
            a0 = TLanes.MultiplyAdd(TLanes.All(weights[p]), TLanes.Load(v), a0);
            a1 = TLanes.MultiplyAdd(TLanes.All(weights[p + 1]), TLanes.Load(v + stride), a1);
            a2 = TLanes.MultiplyAdd(TLanes.All(weights[p + 2]), TLanes.Load(v + (2 * stride)), a2);
            a3 = TLanes.MultiplyAdd(TLanes.All(weights[p + 3]), TLanes.Load(v + (3 * stride)), a3);
        }

        for (; p < positions; p++, v += stride)
            a0 = TLanes.MultiplyAdd(TLanes.All(weights[p]), TLanes.Load(v), a0);
        return TLanes.Multiply(TLanes.Add(TLanes.Add(a0, a1), TLanes.Add(a2, a3)), TLanes.All(scale));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, int at1, int at2, int at3, TVector s0, TVector s1, TVector s2, TVector s3)
    {
        TLanes.Store(target, s0);
        TLanes.Store(target + (at1 * TLanes.Count), s1);
        TLanes.Store(target + (at2 * TLanes.Count), s2);
        TLanes.Store(target + (at3 * TLanes.Count), s3);
    }

    /// <summary>The largest of a whole number of vectors.</summary>
    public static float Largest(float* values, int size)
    {
        TVector largest = TLanes.Load(values);
        for (int i = TLanes.Count; i < size; i += TLanes.Count)
            largest = TLanes.Max(largest, TLanes.Load(values + i));
        float* lanes = stackalloc float[TLanes.Count];
        TLanes.Store(lanes, largest);
        float max = lanes[0];
        for (int i = 1; i < TLanes.Count; i++)
            max = MathF.Max(max, lanes[i]);
        return max;
    }
}
