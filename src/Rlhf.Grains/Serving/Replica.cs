using System.Runtime.CompilerServices;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>This silo as a place that serves: it draws replies with the versions that are loaded here. Its conversations draw from it without a
/// call to another grain, since a token costs less to draw than two calls; its serving grain is how the rest of the cluster reaches it.</summary>
public sealed class Replica
{
    private readonly BaseModel _model;
    private readonly DecodeEngine _engine;
    private readonly LoadedVersions _loaded;
    private readonly BestOfN _bestOf;
    private readonly ReplyFigures _figures;
    private readonly TimeProvider _time;
    private int _running;

    /// <summary>The replica that this process is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">What draws.</param>
    /// <param name="loaded">The versions that the engine has.</param>
    /// <param name="bestOf">What chooses among replies.</param>
    /// <param name="figures">What counts how replies go.</param>
    /// <param name="time">The clock.</param>
    public Replica(BaseModel model, DecodeEngine engine, LoadedVersions loaded, BestOfN bestOf, ReplyFigures figures, TimeProvider time) =>
        (_model, _engine, _loaded, _bestOf, _figures, _time) = (model, engine, loaded, bestOf, figures, time);

    /// <summary>The key of its serving grain: unlike every other silo's, and new with every start, so that the grain is placed where its weights are.</summary>
    public string Id { get; } = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}";

    /// <summary>Replies being drawn or waiting.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>How many tokens a reply that somebody wrote has, its end included, and the most that can be learned from: half of the context, so that there is
    /// room for what it answers.</summary>
    internal (int Tokens, int Most) CorrectionTokens(string reply) => (_model.Tokenizer.Encode(reply).Length + 1, _model.Config.ContextLength / 2);

    /// <summary>Draws a reply with one version from its first token to its last, whatever is published meanwhile. Giving up on the
    /// enumeration frees its place in the batch.</summary>
    /// <exception cref="RefusedException">The version is unknown or has no reward model to choose with, the newest message does not fit, or
    /// the queue is full.</exception>
    internal async IAsyncEnumerable<DecodedPiece> DrawAsync(DecodeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var begun = _time.GetTimestamp();
        _figures.Begun(request.Version);
        await using var pieces = DrawPiecesAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var first = true; await _figures.WatchAsync(request.Version, pieces.MoveNextAsync()); first = false)
        {
            if (first)
            {
                _figures.FirstToken(request.Version, _time.GetElapsedTime(begun));
            }

            yield return pieces.Current;
        }
    }

    private async IAsyncEnumerable<DecodedPiece> DrawPiecesAsync(DecodeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chosen = await _bestOf.IsChosenAsync(request);
        await _loaded.EnsureAsync(request.Version); // the last to wait for: until the engine has the request its version may go
        var drawing = new Drawing(_model, request);
        var text = drawing.Text();
        Interlocked.Increment(ref _running);
        try
        {
            if (chosen)
            {
                yield return await _bestOf.DrawAsync(drawing, cancellationToken);
                yield break;
            }

            var generation = drawing.Generation(unchecked((ulong?)request.Sampling.Seed));
            await using var tokens = _engine.GenerateAsync(generation, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(tokens))
            {
                var piece = drawing.Piece(tokens.Current.Tokens, text) with { CachedTokens = tokens.Current.CachedTokens };
                yield return piece;
                if (piece.FinishReason is not null)
                {
                    yield break;
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>A reply that was drawn before, as the piece that it would be if it came in one.</summary>
    internal DecodedPiece Recall(DecodeRequest request, Turn turn) => new Drawing(_model, request).Recall(turn);

    private static async Task<bool> NextAsync(IAsyncEnumerator<DecodedTokens> tokens)
    {
        try
        {
            return await tokens.MoveNextAsync();
        }
        catch (Exception error) when (Drawing.RefusalOf(error) is { } refusal)
        {
            throw refusal;
        }
    }
}
