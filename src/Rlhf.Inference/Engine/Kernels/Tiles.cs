using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rlhf.Inference;

/// <summary>
/// Small products that stay in registers: some rows of x with one panel of W. Written out, because registers have no index. An element of
/// y is the same chain of multiply-adds in whatever company it is computed.
/// </summary>
/// <typeparam name="TLanes">What the vectors can do.</typeparam>
/// <typeparam name="TVector">The vectors.</typeparam>
/// <typeparam name="TWeights">How the weights are held.</typeparam>
internal static unsafe class Tiles<TLanes, TVector, TWeights>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
    where TWeights : struct, IWeights<TVector>
{
    /// <summary>What <see cref="FourByFour"/> fetches with each input.</summary>
    public const int CacheLine = 64;

    /// <summary>
    /// Four rows, four vectors of outputs. Each input's turn fetches <paramref name="lines"/> of what comes next: while the first cache feeds the arithmetic,
    /// the memory behind it would stand idle.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByFour(in WeightBlock block, float* x, int xStride, float* y, int yStride, byte* ahead, int lines)
    {
        byte* w = block.Weights;
        int depth = block.Depth;
        float* x1 = x + xStride;
        float* x2 = x1 + xStride;
        float* x3 = x2 + xStride;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        TVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        TVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
        TVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        for (int k = 0; k < depth; k++, w += TWeights.QuadBytes)
        {
            for (int line = 0; line < lines; line++, ahead += CacheLine)
                Fetch(ahead);
            TVector w0 = TWeights.Load(w, 0);
            TVector w1 = TWeights.Load(w, 1);
            TVector w2 = TWeights.Load(w, 2);
            TVector w3 = TWeights.Load(w, 3);
            TVector v = TLanes.All(x[k]);
            a00 = TLanes.MultiplyAdd(v, w0, a00);
            a01 = TLanes.MultiplyAdd(v, w1, a01);
            a02 = TLanes.MultiplyAdd(v, w2, a02);
            a03 = TLanes.MultiplyAdd(v, w3, a03);
            v = TLanes.All(x1[k]);
            a10 = TLanes.MultiplyAdd(v, w0, a10);
            a11 = TLanes.MultiplyAdd(v, w1, a11);
            a12 = TLanes.MultiplyAdd(v, w2, a12);
            a13 = TLanes.MultiplyAdd(v, w3, a13);
            v = TLanes.All(x2[k]);
            a20 = TLanes.MultiplyAdd(v, w0, a20);
            a21 = TLanes.MultiplyAdd(v, w1, a21);
            a22 = TLanes.MultiplyAdd(v, w2, a22);
            a23 = TLanes.MultiplyAdd(v, w3, a23);
            v = TLanes.All(x3[k]);
            a30 = TLanes.MultiplyAdd(v, w0, a30);
            a31 = TLanes.MultiplyAdd(v, w1, a31);
            a32 = TLanes.MultiplyAdd(v, w2, a32);
            a33 = TLanes.MultiplyAdd(v, w3, a33);
        }

        Finish(y, a00, a01, a02, a03, block);
        Finish(y + yStride, a10, a11, a12, a13, block);
        Finish(y + (2 * yStride), a20, a21, a22, a23, block);
        Finish(y + (3 * yStride), a30, a31, a32, a33, block);
    }

    /// <summary>Two rows, four vectors of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByFour(in WeightBlock block, float* x, int xStride, float* y, int yStride)
    {
        byte* w = block.Weights;
        int depth = block.Depth;
        float* x1 = x + xStride;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        TVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        for (int k = 0; k < depth; k++, w += TWeights.QuadBytes)
        {
            TVector w0 = TWeights.Load(w, 0);
            TVector w1 = TWeights.Load(w, 1);
            TVector w2 = TWeights.Load(w, 2);
            TVector w3 = TWeights.Load(w, 3);
            TVector v = TLanes.All(x[k]);
            a00 = TLanes.MultiplyAdd(v, w0, a00);
            a01 = TLanes.MultiplyAdd(v, w1, a01);
            a02 = TLanes.MultiplyAdd(v, w2, a02);
            a03 = TLanes.MultiplyAdd(v, w3, a03);
            v = TLanes.All(x1[k]);
            a10 = TLanes.MultiplyAdd(v, w0, a10);
            a11 = TLanes.MultiplyAdd(v, w1, a11);
            a12 = TLanes.MultiplyAdd(v, w2, a12);
            a13 = TLanes.MultiplyAdd(v, w3, a13);
        }

        Finish(y, a00, a01, a02, a03, block);
        Finish(y + yStride, a10, a11, a12, a13, block);
    }

    /// <summary>One row, four vectors of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour(in WeightBlock block, float* x, float* y)
    {
        byte* w = block.Weights;
        int depth = block.Depth;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        for (int k = 0; k < depth; k++, w += TWeights.QuadBytes)
        {
            TVector w0 = TWeights.Load(w, 0);
            TVector w1 = TWeights.Load(w, 1);
            TVector w2 = TWeights.Load(w, 2);
            TVector w3 = TWeights.Load(w, 3);
            TVector v = TLanes.All(x[k]);
            a00 = TLanes.MultiplyAdd(v, w0, a00);
            a01 = TLanes.MultiplyAdd(v, w1, a01);
            a02 = TLanes.MultiplyAdd(v, w2, a02);
            a03 = TLanes.MultiplyAdd(v, w3, a03);
        }

        Finish(y, a00, a01, a02, a03, block);
    }

    /// <summary>
    /// One row, four vectors of outputs, the whole blocks of neighbouring panels in four places side by side. The sums are neither scaled nor added up.
    /// </summary>
    /// <param name="w">The first block; the others follow it.</param>
    /// <param name="first">Which of its panel's blocks it is.</param>
    /// <param name="blocks">Blocks of a panel.</param>
    /// <param name="count">Blocks of a place.</param>
    /// <param name="x">(in).</param>
    /// <param name="sums">(block, four vectors).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourPlaces(byte* w, int first, int blocks, int count, float* x, float* sums)
    {
        int size = 4 * TLanes.Count;
        long place = (long)count * PackedMatrix.BlockInputs * TWeights.QuadBytes;
        byte* wb = w + place;
        byte* wc = wb + place;
        byte* wd = wc + place;
        int inA = first;
        int inB = (first + count) % blocks;
        int inC = (first + (2 * count)) % blocks;
        int inD = (first + (3 * count)) % blocks;
        for (int i = 0; i < count; i++, sums += size)
        {
            float* xa = x + (inA * PackedMatrix.BlockInputs);
            float* xb = x + (inB * PackedMatrix.BlockInputs);
            float* xc = x + (inC * PackedMatrix.BlockInputs);
            float* xd = x + (inD * PackedMatrix.BlockInputs);
            TVector a0 = TLanes.All(0), a1 = a0, a2 = a0, a3 = a0;
            TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
            TVector c0 = a0, c1 = a0, c2 = a0, c3 = a0;
            TVector d0 = a0, d1 = a0, d2 = a0, d3 = a0;
            for (int k = 0; k < PackedMatrix.BlockInputs; k++)
            {
                TVector v = TLanes.All(xa[k]);
                a0 = TLanes.MultiplyAdd(v, TWeights.Load(w, 0), a0);
                a1 = TLanes.MultiplyAdd(v, TWeights.Load(w, 1), a1);
                a2 = TLanes.MultiplyAdd(v, TWeights.Load(w, 2), a2);
                a3 = TLanes.MultiplyAdd(v, TWeights.Load(w, 3), a3);
                v = TLanes.All(xb[k]);
                b0 = TLanes.MultiplyAdd(v, TWeights.Load(wb, 0), b0);
                b1 = TLanes.MultiplyAdd(v, TWeights.Load(wb, 1), b1);
                b2 = TLanes.MultiplyAdd(v, TWeights.Load(wb, 2), b2);
                b3 = TLanes.MultiplyAdd(v, TWeights.Load(wb, 3), b3);
                v = TLanes.All(xc[k]);
                c0 = TLanes.MultiplyAdd(v, TWeights.Load(wc, 0), c0);
                c1 = TLanes.MultiplyAdd(v, TWeights.Load(wc, 1), c1);
                c2 = TLanes.MultiplyAdd(v, TWeights.Load(wc, 2), c2);
                c3 = TLanes.MultiplyAdd(v, TWeights.Load(wc, 3), c3);
                v = TLanes.All(xd[k]);
                d0 = TLanes.MultiplyAdd(v, TWeights.Load(wd, 0), d0);
                d1 = TLanes.MultiplyAdd(v, TWeights.Load(wd, 1), d1);
                d2 = TLanes.MultiplyAdd(v, TWeights.Load(wd, 2), d2);
                d3 = TLanes.MultiplyAdd(v, TWeights.Load(wd, 3), d3);
                w += TWeights.QuadBytes;
                wb += TWeights.QuadBytes;
                wc += TWeights.QuadBytes;
                wd += TWeights.QuadBytes;
            }

            Keep(sums, a0, a1, a2, a3);
            Keep(sums + (count * size), b0, b1, b2, b3);
            Keep(sums + (2 * count * size), c0, c1, c2, c3);
            Keep(sums + (3 * count * size), d0, d1, d2, d3);
            inA = Next(inA, blocks);
            inB = Next(inB, blocks);
            inC = Next(inC, blocks);
            inD = Next(inD, blocks);
        }
    }

    /// <summary>
    /// One row, one vector of outputs. The chain is split in four by input modulo four: alone, it would wait for each addition.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByOne(in WeightBlock block, float* x, float* y)
    {
        byte* w = block.Weights;
        int depth = block.Depth;
        TVector a0 = TLanes.All(0), a1 = a0, a2 = a0, a3 = a0;
        int k = 0;
        for (; k + 4 <= depth; k += 4, w += TWeights.QuadBytes)
        {
            a0 = TLanes.MultiplyAdd(TLanes.All(x[k]), TWeights.Load(w, 0), a0);
            a1 = TLanes.MultiplyAdd(TLanes.All(x[k + 1]), TWeights.Load(w, 1), a1);
            a2 = TLanes.MultiplyAdd(TLanes.All(x[k + 2]), TWeights.Load(w, 2), a2);
            a3 = TLanes.MultiplyAdd(TLanes.All(x[k + 3]), TWeights.Load(w, 3), a3);
        }

        if (k < depth)
            a0 = TLanes.MultiplyAdd(TLanes.All(x[k]), TWeights.Load(w, 0), a0);
        if (k + 1 < depth)
            a1 = TLanes.MultiplyAdd(TLanes.All(x[k + 1]), TWeights.Load(w, 1), a1);
        if (k + 2 < depth)
            a2 = TLanes.MultiplyAdd(TLanes.All(x[k + 2]), TWeights.Load(w, 2), a2);
        Finish(y, TLanes.Add(TLanes.Add(a0, a1), TLanes.Add(a2, a3)), block.Scales, block.Add);
    }

    // Into the second cache. An address that is not there does no harm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* line)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Next(int block, int blocks) => block + 1 == blocks ? 0 : block + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(float* sums, TVector s0, TVector s1, TVector s2, TVector s3)
    {
        TLanes.Store(sums, s0);
        TLanes.Store(sums + TLanes.Count, s1);
        TLanes.Store(sums + (2 * TLanes.Count), s2);
        TLanes.Store(sums + (3 * TLanes.Count), s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* y, TVector a0, TVector a1, TVector a2, TVector a3, in WeightBlock block)
    {
        int lanes = TLanes.Count;
        Finish(y, a0, block.Scales, block.Add);
        Finish(y + lanes, a1, block.Scales + lanes, block.Add);
        Finish(y + (2 * lanes), a2, block.Scales + (2 * lanes), block.Add);
        Finish(y + (3 * lanes), a3, block.Scales + (3 * lanes), block.Add);
    }

    /// <summary>What a vector of sums becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(float* y, TVector sum, float* scales, bool add)
    {
        if (TWeights.Scaled)
            sum = TLanes.Multiply(sum, TLanes.Load(scales));
        TLanes.Store(y, add ? TLanes.Add(TLanes.Load(y), sum) : sum);
    }
}
