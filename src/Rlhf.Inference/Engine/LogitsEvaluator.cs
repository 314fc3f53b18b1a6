namespace Rlhf.Inference;

/// <summary>
/// The model's logits after every token of a text, on the caller's thread: for perplexity and for comparison with other implementations.
/// Not safe for concurrent use.
/// </summary>
public sealed class LogitsEvaluator
{
    private readonly Trunk _trunk;
    private readonly PackedAdapter? _adapter;
    private readonly ForwardPass _forward;
    private readonly int _chunk;

    /// <summary>Packs the weights.</summary>
    /// <param name="model">The trunk.</param>
    /// <param name="adapter">The version's change, null for the bare trunk.</param>
    /// <param name="precision">How the trunk's matrices are held.</param>
    /// <exception cref="InvalidDataException">The adapter does not fit the model, or a number is not finite.</exception>
    public LogitsEvaluator(BaseModel model, LoraAdapter? adapter = null, WeightPrecision precision = WeightPrecision.Float32)
        : this(model, adapter, Kernels.Best, chunk: 64, precision)
    {
    }

    internal LogitsEvaluator(BaseModel model, LoraAdapter? adapter, Kernels kernels, int chunk, WeightPrecision precision = WeightPrecision.Float32)
    {
        _trunk = new Trunk(model, kernels, precision);
        _adapter = adapter is null ? null : new PackedAdapter(adapter, model.Config, kernels);
        _chunk = chunk;
        _forward = new ForwardPass(_trunk, chunk, threads: 1, new StepBarrier(1));
    }

    /// <summary>Logits (token, vocabulary): row i says what comes after token i.</summary>
    /// <exception cref="ArgumentException">There are more tokens than the context has, or one is not in the vocabulary.</exception>
    public float[][] Logits(IReadOnlyList<int> tokens)
    {
        if (tokens.Count > _trunk.Config.ContextLength)
            throw new ArgumentException($"There are {tokens.Count} tokens; the model's context has {_trunk.Config.ContextLength}.", nameof(tokens));
        foreach (int token in tokens)
        {
            if (token < 0 || token >= _trunk.Config.VocabularySize)
                throw new ArgumentException($"Token {token} is not in the vocabulary of {_trunk.Config.VocabularySize}.", nameof(tokens));
        }

        int[] all = [.. tokens];
        var cache = new KeyValueCache(_trunk.Config, _trunk.Kernels, Math.Max(all.Length, 1));
        var logits = new List<float[]>(all.Length);
        var step = new Step();
        for (int at = 0; at < all.Length; at += _chunk)
        {
            int count = Math.Min(_chunk, all.Length - at);
            step.Clear();
            step.Add(new StepSlice(cache, _adapter, at, all.AsMemory(at, count), count));
            _forward.Prepare(step);
            _forward.Run(step, thread: 0, threads: 1);
            for (int row = 0; row < count; row++)
                logits.Add(Row(row));
        }

        return [.. logits];
    }

    private unsafe float[] Row(int row) => new ReadOnlySpan<float>(_forward.Logits(row), _trunk.Config.VocabularySize).ToArray();
}
