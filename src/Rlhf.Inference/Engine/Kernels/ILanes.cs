namespace Rlhf.Inference;

/// <summary>
/// What a kernel needs of a processor's vectors of float32. Each kernel is written once over this; the compiler makes one machine code
/// of it for each width.
/// </summary>
/// <typeparam name="TVector">The vector type.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Whether there are at least 32 vector registers, so that 16 sums can be under way at once.</summary>
    static abstract bool ManyRegisters { get; }

    static abstract TVector Load(float* source);

    /// <summary>The bfloat16 in the lower half of each word.</summary>
    static abstract TVector LoadLowerHalves(int* words);

    /// <summary>The bfloat16 in the upper half of each word.</summary>
    static abstract TVector LoadUpperHalves(int* words);

    /// <summary>The signed byte of each word that is <paramref name="which"/> from the lowest, 0 to 3.</summary>
    static abstract TVector LoadBytes(int* words, int which);

    static abstract void Store(float* target, TVector value);

    static abstract TVector All(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a · b + c, fused where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Max(TVector a, TVector b);

    /// <summary>2 to the power of whole numbers from -126 to 127.</summary>
    static abstract TVector PowerOfTwo(TVector a);

    /// <summary>The sum of the lanes, always in the same order.</summary>
    static abstract float Sum(TVector a);
}
