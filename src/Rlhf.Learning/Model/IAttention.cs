using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>How a layer's positions read each other.</summary>
internal interface IAttention
{
    /// <summary>(B·T, (H+2K)·h), the rows of query, key and value beside each other, to (B·T, H·h).</summary>
    Tensor Attend(Tensor qkv, long batch, long length);
}
