using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>Between the arrays of a weights file and Torch's tensors.</summary>
public static class TensorWeights
{
    /// <summary>A parameter with a copy of the weight; it outlives the dispose scope it was made in.</summary>
    internal static Parameter ToParameter(this WeightTensor weight, bool trainable, Device device, ProductPrecision precision = ProductPrecision.Float32)
    {
        using var scope = NewDisposeScope();
        var shape = weight.Shape.Select(size => (long)size).ToArray();
        var values = tensor(weight.Values, shape, device: device);
        // What trains keeps its small steps in float32; what is frozen needs no more than the products do.
        var parameter = new Parameter(trainable ? values : precision.Of(values), trainable);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>Copies a tensor's numbers back out of a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The checkpoint has none of this name and shape.</exception>
    internal static void CopyFrom(this Tensor to, IReadOnlyDictionary<string, WeightTensor> checkpoint, string name)
    {
        if (!checkpoint.TryGetValue(name, out var from) || !from.Shape.Select(size => (long)size).SequenceEqual(to.shape))
            throw new InvalidDataException($"The checkpoint's '{name}' is {from?.ToString() ?? "missing"}; [{string.Join(", ", to.shape)}] is needed. It was made with other options or another live version.");

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        to.copy_(tensor(from.Values, to.shape));
    }

    /// <summary>A copy of a tensor's numbers, row-major.</summary>
    public static float[] ToArray(this Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().cpu().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    /// <summary>A copy of a tensor with its shape.</summary>
    public static WeightTensor ToWeight(this Tensor values)
        => new(values.ToArray(), [.. values.shape.Select(size => (int)size)]);
}
