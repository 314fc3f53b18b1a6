namespace Rlhf.Inference;

/// <summary>A block of a panel: what a tile multiplies some rows with.</summary>
internal readonly unsafe struct WeightBlock(byte* weights, int depth, float* scales, bool add)
{
    /// <summary>The first quad.</summary>
    public readonly byte* Weights = weights;

    /// <summary>Inputs.</summary>
    public readonly int Depth = depth;

    /// <summary>What the sums are multiplied by, in formats that are scaled.</summary>
    public readonly float* Scales = scales;

    /// <summary>Whether the sums are added to what is there.</summary>
    public readonly bool Add = add;
}
