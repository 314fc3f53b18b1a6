using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>Between the arrays of a weights file and Torch's tensors.</summary>
public static class TensorWeights
{
    /// <summary>A parameter with a copy of the weight; it outlives the dispose scope it was made in.</summary>
    internal static Parameter ToParameter(this WeightTensor weight, bool trainable, Device device)
    {
        var shape = weight.Shape.Select(size => (long)size).ToArray();
        var parameter = new Parameter(tensor(weight.Values, shape, device: device), trainable);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>A copy of a tensor's numbers, row-major.</summary>
    public static float[] ToArray(this Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>A copy of a tensor with its shape.</summary>
    public static WeightTensor ToWeight(this Tensor values)
        => new(values.ToArray(), [.. values.shape.Select(size => (int)size)]);
}
