using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Rlhf.Inference;

/// <summary>
/// Replies to many requests at once on threads of its own. Sequences join and leave the batch between steps; versions are adapters beside
/// one trunk, so sequences of several versions share a step. A reply depends on its request and its version alone, bit for bit, whatever
/// runs beside it.
/// </summary>
public sealed class DecodeEngine : IDisposable
{
    private readonly BaseModel _model;
    private readonly DecodeOptions _options;
    private readonly Kernels _kernels;
    private readonly object _gate = new();
    private readonly Dictionary<string, LoadedVersion> _versions = [];
    private readonly WaitingRequests _waiting = new();
    private readonly DrainRate _drain = new();
    private readonly StepLoop _loop;
    private readonly Constraints _constraints;
    private int _running;
    private int _leaving;
    private bool _disposed;

    /// <summary>Packs the weights and starts the threads.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">A weight is not finite.</exception>
    public DecodeEngine(BaseModel model, DecodeOptions options)
        : this(model, options, Kernels.Best)
    {
    }

    internal DecodeEngine(BaseModel model, DecodeOptions options, Kernels kernels)
    {
        options.Validate();
        _model = model;
        _options = options;
        _kernels = kernels;
        _constraints = new Constraints(model);
        _loop = new StepLoop(model, new Trunk(model, kernels, options.Weights), options, Admit, Released);
    }

    /// <summary>The trunk that all versions share.</summary>
    public BaseModel Model => _model;

    /// <summary>Names of the versions that take requests.</summary>
    public IReadOnlyList<string> Versions
    {
        get
        {
            lock (_gate)
                return [.. _versions.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Sequences that have a place in the batch.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
                return _running;
        }
    }

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Steps that were walked since the engine started.</summary>
    public long Steps => _loop.Steps;

    /// <summary>Tokens that were drawn since the engine started.</summary>
    public long Tokens => _loop.Tokens;

    /// <summary>What keys and values take, and what their reuse saved.</summary>
    public CacheFigures Cache => _loop.Cache;

    /// <summary>
    /// Makes a version available under a name; requests from now on use it, those under way keep what they began with. A version already
    /// there under this name is replaced.
    /// </summary>
    /// <param name="version">The name.</param>
    /// <param name="adapter">The change to the trunk, null for the trunk alone.</param>
    /// <exception cref="InvalidDataException">The adapter does not fit the model, or holds a number that is not finite.</exception>
    public void Load(string version, LoraAdapter? adapter)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        var loaded = new LoadedVersion(version, adapter is null ? null : new PackedAdapter(adapter, _model.Config, _kernels));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_versions.Remove(version, out LoadedVersion? old))
                old.Retire();
            _versions.Add(version, loaded);
        }

        _loop.Wake();
    }

    /// <summary>Takes a version away; requests that use it finish first. Nothing happens where it is not loaded.</summary>
    public void Unload(string version) => _ = UnloadAsync(version);

    /// <summary>Takes a version away; the task completes when the last request that used it is done.</summary>
    public Task UnloadAsync(string version)
    {
        LoadedVersion? old;
        lock (_gate)
        {
            if (!_versions.Remove(version, out old))
                return Task.CompletedTask;
            old.Retire();
        }

        _loop.Wake();
        return old.Drained;
    }

    /// <summary>
    /// Replies as the tokens are drawn: each time those that were drawn since the last, which is one for a reader who keeps up. Leaving the
    /// enumeration early, or cancelling it, gives the sequence's place free.
    /// </summary>
    /// <exception cref="UnknownVersionException">The version is not loaded.</exception>
    /// <exception cref="PromptTooLongException">The prompt leaves no room for a reply.</exception>
    /// <exception cref="QueueFullException">Too many requests wait; the client has the most of them, or nobody has fewer.</exception>
    /// <exception cref="InsufficientMemoryException">The request's keys and values alone are more than <see cref="DecodeOptions.CacheBytes"/>.</exception>
    /// <exception cref="ArgumentException">The request's prompt, limits or sampling make no sense.</exception>
    public async IAsyncEnumerable<DecodedTokens> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reply = new StreamedReply();
        using RequestTrace? trace = _options.Traced ? RequestTrace.Begin(request) : null;
        Sequence sequence = Submit(request, reply, trace);
        try
        {
            while (await reply.Tokens.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                yield return new DecodedTokens(reply.TakeAll(), sequence.Reused);
        }
        finally
        {
            Abandon(sequence);
        }
    }

    /// <summary>The whole reply at once. Cancelling gives the sequence's place free.</summary>
    /// <exception cref="UnknownVersionException">The version is not loaded.</exception>
    /// <exception cref="PromptTooLongException">The prompt leaves no room for a reply.</exception>
    /// <exception cref="QueueFullException">Too many requests wait; the client has the most of them, or nobody has fewer.</exception>
    /// <exception cref="InsufficientMemoryException">The request's keys and values alone are more than <see cref="DecodeOptions.CacheBytes"/>.</exception>
    /// <exception cref="ArgumentException">The request's prompt, limits or sampling make no sense.</exception>
    public async Task<Generation> CompleteAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reply = new WholeReply();
        using RequestTrace? trace = _options.Traced ? RequestTrace.Begin(request) : null;
        Sequence sequence = Submit(request, reply, trace);
        try
        {
            return await reply.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Abandon(sequence);
        }
    }

    /// <summary>Stops the threads; requests that are not done fail with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _loop.Stop();
        lock (_gate)
        {
            foreach (Sequence sequence in _waiting.TakeAll())
            {
                sequence.Version.Leave();
                sequence.Fail(new ObjectDisposedException(nameof(DecodeEngine)));
            }
        }
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    private Sequence Submit(GenerationRequest request, IReplySink reply, RequestTrace? trace)
    {
        try
        {
            Check(request);
            return Enqueue(request, reply, trace);
        }
        catch (Exception error)
        {
            trace?.Failed(error);
            throw;
        }
    }

    private Sequence Enqueue(GenerationRequest request, IReplySink reply, RequestTrace? trace)
    {
        ulong seed = request.Sampling.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        ConstrainedReply? constraint = request.Format is { } format ? _constraints.Begin(format) : null;
        Sequence sequence;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_versions.TryGetValue(request.Version, out LoadedVersion? version))
                throw new UnknownVersionException(request.Version, _versions.Keys.Order(StringComparer.Ordinal));
            MakeRoom(request.Client);
            sequence = new Sequence(request, version, _model, seed, reply, trace, constraint);
            version.Enter();
            _waiting.Add(sequence);
            if (_running == _options.MaxBatch)
                _drain.Waits(Now);
        }

        _loop.Wake();
        return sequence;
    }

    private void Check(GenerationRequest request)
    {
        ModelConfig config = _model.Config;
        request.Sampling.Validate();
        if (request.Prompt.Count == 0)
            throw new ArgumentException("The prompt is empty; a reply needs at least one token to follow.", nameof(request));
        if (request.Prompt.Count >= config.ContextLength)
            throw new PromptTooLongException(request.Prompt.Count, config.ContextLength);
        foreach (int id in request.Prompt)
        {
            if (id < 0 || id >= config.VocabularySize)
                throw new ArgumentException($"The prompt holds the token {id}; the vocabulary has 0..{config.VocabularySize - 1}.", nameof(request));
        }

        foreach (int id in request.Sampling.LogitBias?.Keys ?? [])
        {
            if (id < 0 || id >= config.VocabularySize)
                throw new ArgumentException($"The logit bias names the token {id}; the vocabulary has 0..{config.VocabularySize - 1}.", nameof(request));
        }

        if (request.MaxTokens < 1)
            throw new ArgumentException($"MaxTokens is {request.MaxTokens}; it must be at least 1.", nameof(request));
        if (request is { Format: not null, Stop.Count: > 0 })
            throw new ArgumentException("The request has a format and stop texts; a reply that is held to a format ends where that is complete.", nameof(request));
        int positions = (int)Math.Min((long)request.Prompt.Count + request.MaxTokens, config.ContextLength);
        long bytes = KeyValueCaches.BytesFor(config, _kernels, positions);
        if (bytes > _options.CacheBytes)
            throw new InsufficientMemoryException($"Keys and values of {positions} tokens take {bytes:N0} bytes; the engine has {_options.CacheBytes:N0} for all requests (CacheBytes). Ask for a shorter reply.");
    }

    // Whoever floods a full queue is refused what it asked for last, so that others still find room. Places that the next step finds
    // abandoned are free already.
    private void MakeRoom(string client)
    {
        int free = _options.MaxBatch - _running + _leaving;
        if (_waiting.Count < _options.MaxQueue + free)
            return;
        var full = new QueueFullException(_options.MaxQueue, _drain.TimeFor(_waiting.Count + 1, Now));
        Sequence last = _waiting.LastOfALongerLine(client) ?? throw full;
        _waiting.Remove(last);
        last.Version.Leave();
        last.Fail(full);
    }

    private Sequence? Admit()
    {
        lock (_gate)
        {
            if (_running == _options.MaxBatch || _waiting.Take() is not { } next)
                return null;
            _running++;
            next.HasPlace = true;
            return next;
        }
    }

    private void Released(Sequence sequence)
    {
        lock (_gate)
        {
            _running--;
            sequence.HasPlace = false;
            if (sequence.Abandoned)
                _leaving--;
            _waiting.Released(sequence);
            _drain.Released(Now, _waiting.Count > 0);
            sequence.Version.Leave();
        }
    }

    // A sequence that waits leaves at once, one that runs before the next step; for one that is done this does nothing.
    private void Abandon(Sequence sequence)
    {
        lock (_gate)
        {
            sequence.Abandoned = true;
            if (sequence.HasPlace)
                _leaving++;
            else if (_waiting.Remove(sequence))
                sequence.Version.Leave();
        }
    }
}
