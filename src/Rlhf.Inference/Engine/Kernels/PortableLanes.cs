using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rlhf.Inference;

/// <summary>Whatever the runtime has on any processor.</summary>
internal readonly unsafe struct PortableLanes : ILanes<Vector<float>>
{
    public static int Count => Vector<float>.Count;

    public static bool ManyRegisters => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source) => Vector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector<float> value) => Vector.Store(value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LoadLowerHalves(int* words) => Vector.AsVectorSingle(Vector.Load(words) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LoadUpperHalves(int* words) => Vector.AsVectorSingle(Vector.Load(words) & Vector.Create(unchecked((int)0xFFFF0000)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LoadBytes(int* words, int which) => Vector.ConvertToSingle((Vector.Load(words) << (24 - (8 * which))) >> 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> All(float value) => Vector.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Add(Vector<float> a, Vector<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Subtract(Vector<float> a, Vector<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Multiply(Vector<float> a, Vector<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Divide(Vector<float> a, Vector<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Max(Vector<float> a, Vector<float> b) => Vector.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> PowerOfTwo(Vector<float> a) => Vector.AsVectorSingle((Vector.ConvertToInt32(a) + Vector.Create(127)) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector<float> a) => Vector.Sum(a);
}
