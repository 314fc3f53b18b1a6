using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>
/// Small products that stay in registers: some rows of x with one panel of W. Written out, because registers have no index. An element of
/// y is the same chain of multiply-adds in whatever company it is computed.
/// </summary>
/// <typeparam name="TLanes">What the vectors can do.</typeparam>
/// <typeparam name="TVector">The vectors.</typeparam>
internal static unsafe class Tiles<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Four rows, four vectors of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByFour(float* w, int depth, float* x, int xStride, float* y, int yStride, bool add)
    {
        int lanes = TLanes.Count;
        float* x1 = x + xStride;
        float* x2 = x1 + xStride;
        float* x3 = x2 + xStride;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        TVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        TVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
        TVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        for (int k = 0; k < depth; k++, w += 4 * lanes)
        {
            TVector w0 = TLanes.Load(w);
            TVector w1 = TLanes.Load(w + lanes);
            TVector w2 = TLanes.Load(w + (2 * lanes));
            TVector w3 = TLanes.Load(w + (3 * lanes));
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

        Finish(y, a00, a01, a02, a03, add);
        Finish(y + yStride, a10, a11, a12, a13, add);
        Finish(y + (2 * yStride), a20, a21, a22, a23, add);
        Finish(y + (3 * yStride), a30, a31, a32, a33, add);
    }

    /// <summary>Two rows, four vectors of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByFour(float* w, int depth, float* x, int xStride, float* y, int yStride, bool add)
    {
        int lanes = TLanes.Count;
        float* x1 = x + xStride;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        TVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        for (int k = 0; k < depth; k++, w += 4 * lanes)
        {
            TVector w0 = TLanes.Load(w);
            TVector w1 = TLanes.Load(w + lanes);
            TVector w2 = TLanes.Load(w + (2 * lanes));
            TVector w3 = TLanes.Load(w + (3 * lanes));
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

        Finish(y, a00, a01, a02, a03, add);
        Finish(y + yStride, a10, a11, a12, a13, add);
    }

    /// <summary>One row, four vectors of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour(float* w, int depth, float* x, float* y, bool add)
    {
        int lanes = TLanes.Count;
        TVector a00 = TLanes.All(0), a01 = a00, a02 = a00, a03 = a00;
        for (int k = 0; k < depth; k++, w += 4 * lanes)
        {
            TVector w0 = TLanes.Load(w);
            TVector w1 = TLanes.Load(w + lanes);
            TVector w2 = TLanes.Load(w + (2 * lanes));
            TVector w3 = TLanes.Load(w + (3 * lanes));
            TVector v = TLanes.All(x[k]);
            a00 = TLanes.MultiplyAdd(v, w0, a00);
            a01 = TLanes.MultiplyAdd(v, w1, a01);
            a02 = TLanes.MultiplyAdd(v, w2, a02);
            a03 = TLanes.MultiplyAdd(v, w3, a03);
        }

        Finish(y, a00, a01, a02, a03, add);
    }

    /// <summary>
    /// One row, one vector of outputs. The chain is split in four by input modulo four: alone, it would wait for each addition.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByOne(float* w, int depth, float* x, float* y, bool add)
    {
        int lanes = TLanes.Count;
        TVector a0 = TLanes.All(0), a1 = a0, a2 = a0, a3 = a0;
        int k = 0;
        for (; k + 4 <= depth; k += 4, w += 4 * lanes)
        {
            a0 = TLanes.MultiplyAdd(TLanes.All(x[k]), TLanes.Load(w), a0);
            a1 = TLanes.MultiplyAdd(TLanes.All(x[k + 1]), TLanes.Load(w + lanes), a1);
            a2 = TLanes.MultiplyAdd(TLanes.All(x[k + 2]), TLanes.Load(w + (2 * lanes)), a2);
            a3 = TLanes.MultiplyAdd(TLanes.All(x[k + 3]), TLanes.Load(w + (3 * lanes)), a3);
        }

        for (; k < depth; k++, w += lanes)
            a0 = TLanes.MultiplyAdd(TLanes.All(x[k]), TLanes.Load(w), a0);
        TVector sum = TLanes.Add(TLanes.Add(a0, a1), TLanes.Add(a2, a3));
        TLanes.Store(y, add ? TLanes.Add(TLanes.Load(y), sum) : sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(float* y, TVector a0, TVector a1, TVector a2, TVector a3, bool add)
    {
        int lanes = TLanes.Count;
        if (add)
        {
            a0 = TLanes.Add(TLanes.Load(y), a0);
            a1 = TLanes.Add(TLanes.Load(y + lanes), a1);
            a2 = TLanes.Add(TLanes.Load(y + (2 * lanes)), a2);
            a3 = TLanes.Add(TLanes.Load(y + (3 * lanes)), a3);
        }

        TLanes.Store(y, a0);
        TLanes.Store(y + lanes, a1);
        TLanes.Store(y + (2 * lanes), a2);
        TLanes.Store(y + (3 * lanes), a3);
    }
}
