namespace Rlhf.Inference;

/// <summary>
/// How packed weights become vectors of float32. They are packed in quads: four vectors that are used one after the other.
/// </summary>
/// <typeparam name="TVector">The vector type.</typeparam>
internal unsafe interface IWeights<TVector>
    where TVector : struct
{
    /// <summary>Bytes of four vectors.</summary>
    static abstract int QuadBytes { get; }

    /// <summary>Whether a block's sums are multiplied by scales of their own.</summary>
    static abstract bool Scaled { get; }

    /// <summary>One of a quad's vectors, 0 to 3.</summary>
    static abstract TVector Load(byte* quad, int vector);
}
