using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>Float32: the four vectors one after the other.</summary>
internal readonly unsafe struct Float32Weights<TLanes, TVector> : IWeights<TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public static int QuadBytes => 4 * TLanes.Count * sizeof(float);

    public static bool Scaled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* quad, int vector) => TLanes.Load((float*)quad + (vector * TLanes.Count));
}

/// <summary>BFloat16: two vectors share a vector of words, the even one in the lower halves; a half moved to the top of its word is the float32.</summary>
internal readonly unsafe struct BFloat16Weights<TLanes, TVector> : IWeights<TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public static int QuadBytes => 4 * TLanes.Count * sizeof(ushort);

    public static bool Scaled => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* quad, int vector)
    {
        int* words = (int*)quad + (vector / 2 * TLanes.Count);
        return vector % 2 == 0 ? TLanes.LoadLowerHalves(words) : TLanes.LoadUpperHalves(words);
    }
}

/// <summary>Int8: the four vectors share one vector of words, a byte each.</summary>
internal readonly unsafe struct Int8Weights<TLanes, TVector> : IWeights<TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public static int QuadBytes => 4 * TLanes.Count;

    public static bool Scaled => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* quad, int vector) => TLanes.LoadBytes((int*)quad, vector);
}
