namespace Rlhf.Inference;

/// <summary>
/// A float32 array with a row-major shape, in memory or in a file. Numbers in a file are read when they are asked for and stay in memory
/// only while somebody holds them, so that a model that was packed for decoding is not kept a second time.
/// </summary>
public sealed class WeightTensor
{
    private readonly float[]? _values;
    private readonly Func<float[]>? _read;
    private readonly WeakReference<float[]>? _lastRead;

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
        _values = values;
        Shape = [.. shape];
    }

    /// <summary>Numbers that <paramref name="read"/> gives, always the same ones.</summary>
    internal WeightTensor(Func<float[]> read, IReadOnlyList<int> shape)
    {
        _read = read;
        _lastRead = new WeakReference<float[]>([]);
        Shape = [.. shape];
    }

    /// <summary>The numbers, row-major. Hold them while they are needed: those of a file may be read again for each call.</summary>
    public float[] Values
    {
        get
        {
            if (_values is not null)
                return _values;
            if (_lastRead!.TryGetTarget(out float[]? values) && values.Length > 0)
                return values;
            values = _read!();
            _lastRead.SetTarget(values);
            return values;
        }
    }

    /// <summary>The shape.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The shape as errors show it.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}
