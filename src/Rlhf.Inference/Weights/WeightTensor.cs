namespace Rlhf.Inference;

/// <summary>A float32 array with a row-major shape.</summary>
public sealed class WeightTensor
{
    /// <summary>Wraps <paramref name="values"/> without copying them.</summary>
    /// <param name="values">The numbers, row-major.</param>
    /// <param name="shape">Their shape; an empty shape is a scalar.</param>
    /// <exception cref="ArgumentException">The shape does not hold as many numbers as there are.</exception>
    public WeightTensor(float[] values, params IReadOnlyList<int> shape)
    {
        ArgumentNullException.ThrowIfNull(values);
        long count = 1;
        foreach (int size in shape)
            count *= size;
        if (count != values.Length)
            throw new ArgumentException($"Shape [{string.Join(", ", shape)}] holds {count} numbers, but {values.Length} were given.", nameof(shape));
        Values = values;
        Shape = [.. shape];
    }

    /// <summary>The numbers, row-major.</summary>
    public float[] Values { get; }

    /// <summary>The shape.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The shape as errors show it.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}
