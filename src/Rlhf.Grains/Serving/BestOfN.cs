using Microsoft.Extensions.Logging;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Grains.Serving;

/// <summary>
/// Best-of-n: several replies to one request are drawn side by side, and the one that the version's own reward model scores highest is the
/// reply. They share their prompt's keys and values, and each takes a place of the batch, in the line of the request's client.
/// </summary>
/// <remarks>Where the configuration asks for the choice and not the request, a chat does not fail because nobody can choose: the reply is
/// then the one that the request would get without a choice.</remarks>
/// <param name="engine">What draws.</param>
/// <param name="rewards">What judges.</param>
/// <param name="options">How many where a request does not say.</param>
/// <param name="log">Where it is said that nobody can choose.</param>
public sealed partial class BestOfN(DecodeEngine engine, RewardScoring rewards, ServingOptions options, ILogger<BestOfN> log)
{
    private long _drawn;
    private volatile bool _missing;

    /// <summary>Replies that were drawn to choose among.</summary>
    public long Drawn => Volatile.Read(ref _drawn);

    /// <summary>Where every reply is to be chosen, what chooses is in memory before its version serves, as its adapter is.</summary>
    internal async Task PrepareAsync(string version)
    {
        if (options.BestOf > 1)
        {
            await UnlessMissingAsync(() => rewards.HasAsync(version), asked: null, otherwise: false);
        }
    }

    /// <summary>Whether there is to be a choice among several replies to a request.</summary>
    /// <exception cref="RefusedException">The request asks for a choice, and there can be none.</exception>
    internal async Task<bool> IsChosenAsync(DecodeRequest request)
    {
        if (Count(request) == 1)
        {
            return false;
        }

        // At temperature 0 all of them would be the same.
        var possible = request.Sampling.Temperature != 0 && request.Version != ModelCatalog.Base
            && await UnlessMissingAsync(() => rewards.HasAsync(request.Version), request.BestOf, otherwise: false);
        return possible || request.BestOf is null ? possible : throw NoChoice(request);
    }

    /// <summary>Draws and chooses. Cancelling gives all places free; so does the first reply that is refused one.</summary>
    internal async Task<DecodedPiece> DrawAsync(Drawing drawing, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (request, count) = (drawing.Request, Count(drawing.Request));
        var replies = await Task.WhenAll(Enumerable.Range(0, count).Select(DrawOneAsync));
        Interlocked.Add(ref _drawn, count);

        var best = await UnlessMissingAsync<int?>(
            async () => await rewards.BestAsync(request.Version, request.Messages, [.. replies.Select(reply => reply.Text)], cancellationToken), request.BestOf, otherwise: null);
        return best is { } place ? replies[place] with { ChosenFrom = new Candidates(count, replies.Sum(reply => reply.Tokens.Length)) } : replies[0];

        async Task<DecodedPiece> DrawOneAsync(int candidate)
        {
            try
            {
                return drawing.Whole(await engine.CompleteAsync(drawing.Generation(Seed(request, candidate)), together.Token));
            }
            catch (Exception error)
            {
                await together.CancelAsync();
                if (Drawing.RefusalOf(error) is { } refusal)
                {
                    throw refusal;
                }

                throw;
            }
        }
    }

    /// <summary>The seed of one of the replies. The first is the one that the request would get without a choice.</summary>
    internal static ulong? Seed(DecodeRequest request, int candidate) =>
        request.Sampling.Seed is not { } given ? null
        : candidate == 0 ? unchecked((ulong)given)
        : SeededRandom.Hash(unchecked((ulong)given), $"candidate {candidate}");

    private int Count(DecodeRequest request) => request.BestOf ?? options.BestOf;

    /// <summary>Asks what judges. While it does not answer, a request that asked for the choice hears so; any other goes on without.</summary>
    private async Task<T> UnlessMissingAsync<T>(Func<Task<T>> ask, int? asked, T otherwise)
    {
        try
        {
            var answer = await ask();
            _missing = false;
            return answer;
        }
        catch (Exception error) when (asked is null && error is RefusedException { Refusal: Refusal.Unavailable } or StorageUnavailableException)
        {
            if (!_missing)
            {
                _missing = true;
                LogMissing(error.Message, options.BestOf);
            }

            return otherwise;
        }
    }

    private static RefusedException NoChoice(DecodeRequest request) => new(
        Refusal.Invalid,
        request.Sampling.Temperature == 0
            ? $"'best_of' is {request.BestOf} and 'temperature' 0, at which all replies are the same; ask for a temperature above 0, or leave best_of out."
            : $"'best_of' is {request.BestOf}, and version '{request.Version}' has no reward model to choose by: the base has none, nor has a version that was published before they were kept. Name another version, or leave best_of out.",
        "best_of");

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Until then replies are given as they are drawn, although Serving:BestOf is {BestOf}")]
    private partial void LogMissing(string reason, int bestOf);
}
