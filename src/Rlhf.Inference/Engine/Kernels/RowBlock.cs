namespace Rlhf.Inference;

/// <summary>A block of a panel with the part of a single row that it meets.</summary>
internal readonly unsafe struct RowBlock(in WeightBlock block, float* x, float* y)
{
    /// <summary>The weights.</summary>
    public readonly WeightBlock Block = block;

    /// <summary>The row's numbers for the block's inputs.</summary>
    public readonly float* X = x;

    /// <summary>The panel's outputs.</summary>
    public readonly float* Y = y;
}
