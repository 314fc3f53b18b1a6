using System.Diagnostics;

namespace Rlhf.Inference;

/// <summary>
/// The engine's threads. The first one plans a step, walks it together with the others, and hands the tokens out; while there is nothing to
/// decode all of them sleep.
/// </summary>
internal sealed unsafe class StepLoop
{
    private readonly BaseModel _model;
    private readonly Trunk _trunk;
    private readonly DecodeOptions _options;
    private readonly Func<Sequence?> _admit;
    private readonly Action<Sequence> _released;
    private readonly StepBarrier _barrier;
    private readonly ForwardPass _forward;
    private readonly KeyValueCaches _caches;
    private readonly SharedPrompts _shared;
    private readonly SamplerRoom[] _samplerRooms;
    private readonly AlignedFloats? _known;
    private readonly StepWidth _width;
    private readonly Thread[] _threads;
    private readonly AutoResetEvent _work = new(false);

    private readonly List<Sequence> _active = [];
    private readonly List<(Sequence Sequence, int Tokens)> _planned = [];
    private readonly List<Sequence> _reading = [];
    private readonly List<Sequence> _drawing = [];
    private readonly int[] _left;
    private readonly int[] _shares;
    private readonly Step _step = new();
    private Sequence? _withoutMemory;
    private (int Id, float LogProb, Exception? Error)[] _drawn = [];
    private long _steps;
    private long _tokens;
    private volatile bool _stopping;

    /// <param name="model">Tokenizer and config.</param>
    /// <param name="trunk">The weights.</param>
    /// <param name="options">Threads and sizes.</param>
    /// <param name="admit">Gives the next sequence that gets a place, or null.</param>
    /// <param name="released">Is told of each sequence that gave its place free.</param>
    public StepLoop(BaseModel model, Trunk trunk, DecodeOptions options, Func<Sequence?> admit, Action<Sequence> released)
    {
        _model = model;
        _trunk = trunk;
        _options = options;
        _admit = admit;
        _released = released;
        _barrier = new StepBarrier(options.Threads);
        _forward = new ForwardPass(trunk, options.MaxBatch + options.PromptTokensPerStep, options.Threads, _barrier);
        _caches = new KeyValueCaches(model.Config, trunk.Kernels, options.CacheBytes);
        _shared = new SharedPrompts(_caches, _active);
        _left = new int[options.MaxBatch];
        _shares = new int[options.MaxBatch];
        _samplerRooms = [.. Enumerable.Range(0, options.Threads).Select(_ => new SamplerRoom(model.Config.VocabularySize))];
        _known = Known(model);
        _width = new StepWidth(options.Threads);
        _threads = [.. Enumerable.Range(0, options.Threads).Select(thread => new Thread(() => Run(thread)) { IsBackground = true, Name = $"decode {thread}" })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>What keys and values take and save.</summary>
    public CacheFigures Cache => _caches.Figures;

    /// <summary>Steps that were walked.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>Tokens that were drawn.</summary>
    public long Tokens => Volatile.Read(ref _tokens);

    /// <summary>Says that there is a new request, or that a version was retired.</summary>
    public void Wake() => _work.Set();

    /// <summary>Ends the threads; sequences that run fail.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private static AlignedFloats? Known(BaseModel model)
    {
        var known = new AlignedFloats(model.Config.VocabularySize);
        for (int id = 0; id < known.Length; id++)
            known.Span[id] = model.Tokenizer.Knows(id) ? 1 : 0;
        return known.Span.Contains(0) ? known : null;
    }

    private void Run(int thread)
    {
        if (thread == 0)
            Lead();
        else
            Follow(thread);
    }

    private void Lead()
    {
        while (true)
        {
            Plan();
            int rows = _step.Rows;
            int threads = rows == 0 ? _options.Threads : _width.Choose(rows);
            long started = Stopwatch.GetTimestamp();
            if (threads > 1)
                _barrier.Meet();
            if (rows == 0)
                return;
            Walk(thread: 0, threads);
            _width.Learn(rows, Stopwatch.GetElapsedTime(started).TotalSeconds);
            HandOut();
        }
    }

    private void Follow(int thread)
    {
        while (true)
        {
            _barrier.Meet();
            if (_step.Rows == 0)
                return;
            Walk(thread, _options.Threads);
        }
    }

    private void Walk(int thread, int threads)
    {
        _forward.Run(_step, thread, threads);
        Sample(thread, threads);
        if (threads > 1)
            _barrier.Meet();
    }

    // Leaves an empty step only when the engine stops.
    private void Plan()
    {
        _step.Clear();
        while (true)
        {
            Leave();
            if (_stopping)
                return;
            _caches.ReleaseRetired();
            while ((_withoutMemory ?? _admit()) is { } sequence && TryStart(sequence))
            {
            }

            if (_active.Count > 0)
                break;
            _work.WaitOne();
        }

        ChooseTokens();
        _drawing.Clear();
        foreach ((Sequence sequence, int tokens) in _planned)
        {
            bool draws = tokens == sequence.Pending;
            _step.Add(new StepSlice(sequence.Cache!, sequence.Version.Adapter, sequence.Cached, sequence.Next(tokens), draws ? 1 : 0));
            if (draws)
                _drawing.Add(sequence);
        }

        if (_drawn.Length < _drawing.Count)
            _drawn = new (int, float, Exception?)[_options.MaxBatch];
        _forward.Prepare(_step);
    }

    // Gives the places free of those for whom nobody waits any more; of all when the engine stops.
    private void Leave()
    {
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (_stopping)
                _active[i].Fail(new ObjectDisposedException(nameof(DecodeEngine)));
            if (_stopping || _active[i].Abandoned)
                Release(i);
        }

        if (_withoutMemory is { } waiting && (_stopping || waiting.Abandoned))
        {
            _withoutMemory = null;
            _released(waiting);
            if (_stopping)
                waiting.Fail(new ObjectDisposedException(nameof(DecodeEngine)));
        }
    }

    // False while there is no memory for the sequence; nobody overtakes it then.
    private bool TryStart(Sequence sequence)
    {
        _withoutMemory = null;
        try
        {
            if (_caches.TryGive(sequence))
            {
                sequence.Trace?.Admitted(sequence.Cached);
                _active.Add(sequence);
                _shared.Join(sequence);
            }
            else
            {
                _withoutMemory = sequence;
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or ArgumentOutOfRangeException)
        {
            _released(sequence);
            sequence.Fail(new InsufficientMemoryException($"There is no memory for the keys and values of {sequence.Capacity} tokens; ask for a shorter reply.", e));
        }

        return _withoutMemory is null;
    }

    // Each sequence past its prompt takes one row; those within it share the rows for prompts; those that wait for another's beginning take none.
    private void ChooseTokens()
    {
        _planned.Clear();
        _reading.Clear();
        foreach (Sequence sequence in _active)
        {
            _shared.CatchUp(sequence);
            if (sequence.Leader is not null)
                continue;
            if (sequence.Decoding)
                _planned.Add((sequence, 1));
            else
                _reading.Add(sequence);
        }

        for (int i = 0; i < _reading.Count; i++)
            _left[i] = _reading[i].Pending;
        PromptShares.Divide(_options.PromptTokensPerStep, _left.AsSpan(0, _reading.Count), _shares);
        for (int i = 0; i < _reading.Count; i++)
        {
            if (_shares[i] > 0)
                _planned.Add((_reading[i], _shares[i]));
        }

        // Rows of one adapter side by side; the order of names is as good as any.
        _planned.Sort((a, b) => string.CompareOrdinal(a.Sequence.Version.Name, b.Sequence.Version.Name));
    }

    private void Sample(int thread, int threads)
    {
        for (int row = thread; row < _drawing.Count; row += threads)
        {
            Sequence sequence = _drawing[row];
            try
            {
                (int id, float logProb) = sequence.Sampler.Draw(_trunk.Kernels, _forward.Logits(row), _model.Config.VocabularySize, _known, sequence.Drawn, _samplerRooms[thread], sequence.Allowed());
                _drawn[row] = (id, logProb, null);
            }
            catch (InvalidOperationException e)
            {
                _drawn[row] = (0, 0, e);
            }
        }
    }

    private void HandOut()
    {
        Volatile.Write(ref _steps, _steps + 1);
        Volatile.Write(ref _tokens, _tokens + _drawing.Count);
        foreach ((Sequence sequence, int tokens) in _planned)
            sequence.Cached += tokens;
        for (int row = 0; row < _drawing.Count; row++)
        {
            Sequence sequence = _drawing[row];
            (int id, float logProb, Exception? error) = _drawn[row];
            DecodedToken token = error is null ? sequence.Accept(id, logProb) : default;
            // The place is free before the caller hears of it, so that a next request finds it.
            if (error is not null || token.Finish is not null)
                Release(_active.IndexOf(sequence));
            if (error is not null)
            {
                sequence.Fail(error);
            }
            else
            {
                sequence.Trace?.Drew(_planned.Count, _step.Rows, token.Finish);
                sequence.Sink.Take(token);
            }
        }
    }

    private void Release(int index)
    {
        Sequence sequence = _active[index];
        _active.RemoveAt(index);
        _caches.TakeBack(sequence);
        _released(sequence);
    }
}
