namespace Rlhf.Inference;

/// <summary>
/// One step through the model, walked by several threads side by side. Between two meetings each thread writes outputs of its own and reads
/// what all wrote before; the norms are so cheap that each thread computes them for itself instead of waiting once more.
/// </summary>
internal sealed unsafe class ForwardPass
{
    // Queries of one key-value head that attend together; they come by twos.
    private const int QueriesTogether = 8;

    private readonly Trunk _trunk;
    private readonly Kernels _kernels;
    private readonly ModelConfig _config;
    private readonly StepBarrier _barrier;
    private readonly int _hidden;
    private readonly int _heads;
    private readonly int _intermediate;
    private readonly int _query;
    private readonly int _keyValue;

    // Each (row, padded size).
    private readonly AlignedFloats _residual;
    private readonly AlignedFloats _queries;
    private readonly AlignedFloats _keys;
    private readonly AlignedFloats _values;
    private readonly AlignedFloats _attended;
    private readonly AlignedFloats _gate;
    private readonly AlignedFloats _up;

    private readonly ThreadRoom[] _rooms;
    private readonly int[] _nextHead;
    private AlignedFloats _logits;

    /// <param name="trunk">The weights.</param>
    /// <param name="rows">The most rows of a step.</param>
    /// <param name="threads">How many threads will call <see cref="Run"/>.</param>
    /// <param name="barrier">Where they meet.</param>
    public ForwardPass(Trunk trunk, int rows, int threads, StepBarrier barrier)
    {
        _trunk = trunk;
        _kernels = trunk.Kernels;
        _config = trunk.Config;
        _barrier = barrier;
        _hidden = _kernels.Padded(_config.HiddenSize);
        _heads = _kernels.Padded(_config.Heads * _config.HeadSize);
        _intermediate = _kernels.Padded(_config.IntermediateSize);
        _query = trunk.Layers[0].Query.PaddedOutputs;
        _keyValue = trunk.Layers[0].Key.PaddedOutputs;
        _residual = Room(_hidden);
        _queries = Room(_query);
        _keys = Room(_keyValue);
        _values = Room(_keyValue);
        _attended = Room(_heads);
        _gate = Room(_intermediate);
        _up = Room(_intermediate);
        _logits = new AlignedFloats(trunk.Head.PaddedOutputs);
        _rooms = [.. Enumerable.Range(0, threads).Select(_ => new ThreadRoom(Room(_hidden), _config, _kernels))];
        _nextHead = new int[_config.Layers];

        AlignedFloats Room(int size) => new((long)rows * size);
    }

    /// <summary>After a step: the logits of its n-th logit row, (vocabulary).</summary>
    public float* Logits(int row) => _logits.Pointer + ((long)row * _trunk.Head.PaddedOutputs);

    /// <summary>Looks up the embeddings. Called by one thread before the others start.</summary>
    public void Prepare(Step step)
    {
        Array.Clear(_nextHead);
        long logits = (long)step.LogitRows.Count * _trunk.Head.PaddedOutputs;
        if (_logits.Length < logits)
            _logits = new AlignedFloats(logits);
        foreach (ThreadRoom room in _rooms)
        {
            foreach ((PackedAdapter adapter, _, int rows) in step.AdapterRuns)
                room.MakeLowRank((long)adapter.PaddedRank * rows);
        }

        for (int slice = 0; slice < step.Slices.Count; slice++)
        {
            ReadOnlySpan<int> tokens = step.Slices[slice].Tokens.Span;
            for (int i = 0; i < tokens.Length; i++)
            {
                long row = step.FirstRow(slice) + i;
                _trunk.Embedding.AsSpan(tokens[i] * _config.HiddenSize, _config.HiddenSize)
                    .CopyTo(new Span<float>(_residual.Pointer + (row * _hidden), _config.HiddenSize));
                if (_trunk.Positions is { } positions)
                    AddPosition(positions, step.Slices[slice].Position + i, _residual.Pointer + (row * _hidden));
            }
        }
    }

    /// <summary>One thread's part of a step, up to the logits. All threads meet at the end; one alone may walk the whole step.</summary>
    public void Run(Step step, int thread, int threads)
    {
        int rows = step.Rows;
        ThreadRoom room = _rooms[thread];
        float* normed = room.Normed.Pointer;
        for (int index = 0; index < _trunk.Layers.Count; index++)
        {
            TrunkLayer layer = _trunk.Layers[index];
            Normalise(_residual.Pointer, layer.InputNorm, rows, normed);
            Project(step, room, index, Projections.Query, layer.Query, normed, _hidden, _queries.Pointer, _query, thread, threads, add: false);
            Project(step, room, index, Projections.Key, layer.Key, normed, _hidden, _keys.Pointer, _keyValue, thread, threads, add: false);
            Project(step, room, index, Projections.Value, layer.Value, normed, _hidden, _values.Pointer, _keyValue, thread, threads, add: false);
            Meet(threads);

            AttendHeads(step, room, index);
            Meet(threads);

            Project(step, room, index, Projections.Output, layer.Output, _attended.Pointer, _heads, _residual.Pointer, _hidden, thread, threads, add: true);
            Meet(threads);

            Normalise(_residual.Pointer, layer.PostAttentionNorm, rows, normed);
            FeedForward(step, room, index, normed, thread, threads);
            Meet(threads);

            Project(step, room, index, Projections.Down, layer.Down, _gate.Pointer, _intermediate, _residual.Pointer, _hidden, thread, threads, add: true);
            Meet(threads);
        }

        int logitRows = step.LogitRows.Count;
        for (int i = 0; i < logitRows; i++)
            Normalise(_residual.Pointer + ((long)step.LogitRows[i] * _hidden), _trunk.FinalNorm, 1, normed + ((long)i * _hidden));
        int vocabulary = _trunk.Head.PaddedOutputs;
        _kernels.Multiply(_trunk.Head, _trunk.Head.Share(thread, threads), normed, _hidden, logitRows, _logits.Pointer, vocabulary, add: false);
        Meet(threads);
    }

    private void Meet(int threads)
    {
        if (threads > 1)
            _barrier.Meet();
    }

    private void Normalise(float* x, TrunkNorm norm, int rows, float* y)
    {
        float epsilon = (float)_config.NormEpsilon;
        for (long row = 0; row < rows; row++)
        {
            if (norm.Bias is { } bias)
                _kernels.LayerNorm(x + (row * _hidden), norm.Scale.Pointer, bias.Pointer, epsilon, _config.HiddenSize, y + (row * _hidden));
            else
                _kernels.RmsNorm(x + (row * _hidden), norm.Scale.Pointer, epsilon, _config.HiddenSize, y + (row * _hidden));
        }
    }

    private void AddPosition(float[] positions, int position, float* row)
    {
        ReadOnlySpan<float> learned = positions.AsSpan(position * _config.HiddenSize, _config.HiddenSize);
        for (int i = 0; i < learned.Length; i++)
            row[i] += learned[i];
    }

    // Into the feed-forward part, what Down reads lies in _gate: SwiGLU of two products, or GELU of one.
    private void FeedForward(Step step, ThreadRoom room, int index, float* normed, int thread, int threads)
    {
        TrunkLayer layer = _trunk.Layers[index];
        if (layer.Gate is { } gate)
            Project(step, room, index, Projections.Gate, gate, normed, _hidden, _gate.Pointer, _intermediate, thread, threads, add: false);
        Project(step, room, index, Projections.Up, layer.Up, normed, _hidden, layer.Gate is null ? _gate.Pointer : _up.Pointer, _intermediate, thread, threads, add: false);
        Range share = layer.Up.Share(thread, threads);
        int first = layer.Up.FirstOutput(share.Start.Value);
        int size = layer.Up.FirstOutput(share.End.Value) - first;
        for (long row = 0; row < step.Rows; row++)
        {
            if (layer.Gate is null)
                _kernels.Gelu(_gate.Pointer + (row * _intermediate) + first, size);
            else
                _kernels.SwiGlu(_gate.Pointer + (row * _intermediate) + first, _up.Pointer + (row * _intermediate) + first, size);
        }
    }

    // y = W·x + b + B·(A·x) for this thread's outputs. A·x is small: each thread computes all of it.
    private void Project(Step step, ThreadRoom room, int layer, string projection, PackedMatrix matrix, float* x, int xStride, float* y, int yStride, int thread, int threads, bool add)
    {
        Range share = matrix.Share(thread, threads);
        _kernels.Multiply(matrix, share, x, xStride, step.Rows, y, yStride, add);
        if (matrix.Bias is { } bias)
        {
            int first = matrix.FirstOutput(share.Start.Value);
            int size = matrix.FirstOutput(share.End.Value) - first;
            for (long row = 0; row < step.Rows; row++)
                _kernels.Add(bias.Pointer + first, y + (row * yStride) + first, size);
        }

        foreach ((PackedAdapter adapter, int firstRow, int rows) in step.AdapterRuns)
        {
            if (adapter.Find(layer, projection) is not { } pair)
                continue;
            float* low = room.LowRank.Pointer;
            _kernels.Multiply(pair.A, 0..pair.A.Panels, x + ((long)firstRow * xStride), xStride, rows, low, adapter.PaddedRank, add: false);
            _kernels.Multiply(pair.B, share, low, adapter.PaddedRank, rows, y + ((long)firstRow * yStride), yStride, add: true);
        }
    }

    // A piece of work is one key-value head of one sequence, with its queries; whoever is free takes the next.
    private void AttendHeads(Step step, ThreadRoom room, int layer)
    {
        int pieces = step.Slices.Count * _config.KeyValueHeads;
        for (int piece = Interlocked.Increment(ref _nextHead[layer]) - 1; piece < pieces; piece = Interlocked.Increment(ref _nextHead[layer]) - 1)
            AttendHead(step, room, layer, piece / _config.KeyValueHeads, piece % _config.KeyValueHeads);
    }

    private void AttendHead(Step step, ThreadRoom room, int layer, int sliceIndex, int head)
    {
        StepSlice slice = step.Slices[sliceIndex];
        long firstRow = step.FirstRow(sliceIndex);
        int size = _config.HeadSize;
        int half = size / 2;
        int group = _config.Heads / _config.KeyValueHeads;
        float scale = 1 / MathF.Sqrt(size);
        float* rotated = room.Head.Pointer;
        for (int i = 0; i < slice.Tokens.Length; i++)
        {
            long position = slice.Position + i;
            float* key = _keys.Pointer + ((firstRow + i) * _keyValue) + (head * size);
            _kernels.Rotate(key, _trunk.Cos.Pointer + (position * half), _trunk.Sin.Pointer + (position * half), half, 1, rotated);
            slice.Cache.Write(layer, head, (int)position, rotated, _values.Pointer + ((firstRow + i) * _keyValue) + (head * size));
        }

        int queries = slice.Tokens.Length * group;
        int padded = _kernels.Padded(size);
        int* positions = stackalloc int[QueriesTogether];
        for (int start = 0; start < queries; start += QueriesTogether)
        {
            int count = Math.Min(QueriesTogether, queries - start);
            for (int i = 0; i < count; i++)
            {
                long row = (start + i) / group;
                long position = slice.Position + row;
                float* query = _queries.Pointer + ((firstRow + row) * _query) + (((head * group) + ((start + i) % group)) * size);
                _kernels.Rotate(query, _trunk.Cos.Pointer + (position * half), _trunk.Sin.Pointer + (position * half), half, scale, room.Queries.Pointer + (i * padded));
                positions[i] = (int)position + 1;
            }

            _kernels.Attend(
                room.Queries.Pointer, count, slice.Cache.Keys(layer, head), slice.Cache.Values(layer, head), positions, size,
                room.Scores.Pointer, room.ScoresStride, room.Results.Pointer);
            for (int i = 0; i < count; i++)
            {
                float* attended = _attended.Pointer + ((firstRow + ((start + i) / group)) * _heads) + (((head * group) + ((start + i) % group)) * size);
                new ReadOnlySpan<float>(room.Results.Pointer + (i * padded), size).CopyTo(new Span<float>(attended, size));
            }
        }
    }

    /// <summary>What a thread computes for itself.</summary>
    private sealed class ThreadRoom(AlignedFloats normed, ModelConfig config, Kernels kernels)
    {
        public AlignedFloats Normed { get; } = normed;

        public AlignedFloats Head { get; } = new(kernels.Padded(config.HeadSize));

        // Each (query, padded head).
        public AlignedFloats Queries { get; } = new((long)QueriesTogether * kernels.Padded(config.HeadSize));

        public AlignedFloats Results { get; } = new((long)QueriesTogether * kernels.Padded(config.HeadSize));

        public int ScoresStride { get; } = kernels.Padded(config.ContextLength);

        /// <summary>Of two queries.</summary>
        public AlignedFloats Scores { get; } = new(2L * kernels.Padded(config.ContextLength));

        public AlignedFloats LowRank { get; private set; } = new(0);

        public void MakeLowRank(long length)
        {
            if (LowRank.Length < length)
                LowRank = new AlignedFloats(length);
        }
    }
}
