using System.Threading.Channels;

namespace Rlhf.Inference;

/// <summary>Where the tokens of a reply go. Never blocks, and never runs a caller's code on the engine's thread.</summary>
internal interface IReplySink
{
    /// <summary>Takes a token; the last one has its finish set.</summary>
    void Take(DecodedToken token);

    /// <summary>There will be no more tokens.</summary>
    void Fail(Exception error);
}

/// <summary>As they are drawn.</summary>
internal sealed class StreamedReply : IReplySink
{
    private readonly Channel<DecodedToken> _channel = Channel.CreateUnbounded<DecodedToken>(new UnboundedChannelOptions { SingleReader = true });

    public ChannelReader<DecodedToken> Tokens => _channel.Reader;

    /// <summary>The tokens that are there.</summary>
    public IReadOnlyList<DecodedToken> TakeAll()
    {
        var tokens = new List<DecodedToken>(1);
        while (_channel.Reader.TryRead(out DecodedToken token))
            tokens.Add(token);
        return tokens;
    }

    public void Take(DecodedToken token)
    {
        _channel.Writer.TryWrite(token);
        if (token.Finish is not null)
            _channel.Writer.TryComplete();
    }

    public void Fail(Exception error) => _channel.Writer.TryComplete(error);
}

/// <summary>All at once.</summary>
internal sealed class WholeReply : IReplySink
{
    private readonly TaskCompletionSource<Generation> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbs = [];
    private readonly List<IReadOnlyList<LikelyToken>> _likeliest = [];

    public Task<Generation> Done => _done.Task;

    public void Take(DecodedToken token)
    {
        _tokens.Add(token.Id);
        _logProbs.Add(token.LogProb);
        if (token.Likeliest is { } likeliest)
            _likeliest.Add(likeliest);
        if (token.Finish is { } finish)
            _done.TrySetResult(new Generation([.. _tokens], [.. _logProbs], finish, _likeliest.Count > 0 ? [.. _likeliest] : null));
    }

    public void Fail(Exception error) => _done.TrySetException(error);
}
