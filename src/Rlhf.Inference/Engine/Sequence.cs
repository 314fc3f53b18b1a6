namespace Rlhf.Inference;

/// <summary>One request on its way through the engine. Only the engine's first thread changes it, but for <see cref="Abandoned"/> and <see cref="HasPlace"/>.</summary>
internal sealed class Sequence
{
    private readonly int[] _tokens;
    private readonly int _promptLength;
    private readonly int _maxTokens;
    private readonly IReadOnlyList<int> _endIds;
    private readonly TextStream? _text;
    private readonly ConstrainedReply? _constraint;
    private int _length;
    private volatile bool _abandoned;

    public Sequence(GenerationRequest request, LoadedVersion version, BaseModel model, ulong seed, IReplySink sink, RequestTrace? trace = null, ConstrainedReply? constraint = null)
    {
        _constraint = constraint;
        Version = version;
        Client = request.Client;
        Sampler = new Sampler(request.Sampling, seed);
        Sink = sink;
        Trace = trace;
        _promptLength = request.Prompt.Count;
        _maxTokens = Math.Min(request.MaxTokens, model.Config.ContextLength - _promptLength);
        _tokens = new int[_promptLength + _maxTokens];
        for (int i = 0; i < _promptLength; i++)
            _tokens[i] = request.Prompt[i];
        _length = _promptLength;
        _endIds = model.Config.EosTokenIds;
        _text = request.Stop.Count > 0 ? new TextStream(model.Tokenizer, request.Stop) : null;
    }

    public LoadedVersion Version { get; }

    public string Client { get; }

    public Sampler Sampler { get; }

    public IReplySink Sink { get; }

    /// <summary>What is noted for the request's spans; null where nobody listens.</summary>
    public RequestTrace? Trace { get; }

    /// <summary>Set when the sequence has a place.</summary>
    public KeyValueCache? Cache { get; set; }

    /// <summary>Positions that are in the cache.</summary>
    public int Cached { get; set; }

    /// <summary>The sequence that computes the beginning of this one's prompt, while this one waits for it.</summary>
    public Sequence? Leader { get; set; }

    /// <summary>Positions to copy from the leader.</summary>
    public int Shared { get; set; }

    /// <summary>Positions that were copied instead of computed.</summary>
    public int Reused { get; set; }

    /// <summary>The tokens that the reply follows.</summary>
    public ReadOnlyMemory<int> Prompt => _tokens.AsMemory(0, _promptLength);

    /// <summary>The prompt and what was drawn.</summary>
    public ReadOnlyMemory<int> Known => _tokens.AsMemory(0, _length);

    /// <summary>Tokens that are known but not in the cache: the prompt's rest, or the one drawn last.</summary>
    public int Pending => _length - Cached;

    /// <summary>Whether the prompt is in the cache, but for its last token.</summary>
    public bool Decoding => Pending == 1;

    /// <summary>Positions the sequence needs room for.</summary>
    public int Capacity => _tokens.Length;

    /// <summary>Tokens drawn.</summary>
    public int Drawn => _length - _promptLength;

    /// <summary>Whether the sequence has a place in the batch. Used under the engine's lock only.</summary>
    public bool HasPlace { get; set; }

    /// <summary>Nobody waits for the reply any more.</summary>
    public bool Abandoned
    {
        get => _abandoned;
        set => _abandoned = value;
    }

    /// <summary>The next tokens to put in the cache.</summary>
    public ReadOnlyMemory<int> Next(int count) => _tokens.AsMemory(Cached, count);

    /// <summary>There will be no more tokens.</summary>
    public void Fail(Exception error)
    {
        Trace?.Failed(error);
        Sink.Fail(error);
    }

    /// <summary>The tokens that may be drawn next, a bit for each; empty for all.</summary>
    public ReadOnlySpan<ulong> Allowed() => _constraint is null ? default : _constraint.Allowed(_maxTokens - Drawn);

    /// <summary>Takes a drawn token and says whether it is the last.</summary>
    public DecodedToken Accept(int id, float logProb)
    {
        _tokens[_length++] = id;
        _text?.Append(id);
        _constraint?.Accept(id);
        FinishReason? finish = _endIds.Contains(id) || _text is { Stopped: true } || _constraint is { IsComplete: true } ? FinishReason.Stop
            : Drawn == _maxTokens ? FinishReason.Length
            : null;
        return new DecodedToken(id, logProb, finish, Sampler.TopLogProbs);
    }
}
