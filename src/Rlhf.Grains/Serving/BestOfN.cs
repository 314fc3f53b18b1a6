using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Learning;
using Rlhf.Learning.Reward;

namespace Rlhf.Grains.Serving;

/// <summary>
/// Best-of-n: several replies to one request are drawn side by side, and the one that the version's own reward model scores highest is the
/// reply. They share their prompt's keys and values, and each takes a place of the batch, in the line of the request's client.
/// </summary>
/// <param name="engine">What draws.</param>
/// <param name="rewards">What judges.</param>
/// <param name="options">How many where a request does not say.</param>
public sealed class BestOfN(DecodeEngine engine, RewardModels rewards, ServingOptions options)
{
    private long _drawn;

    /// <summary>Replies that were drawn to choose among.</summary>
    public long Drawn => Volatile.Read(ref _drawn);

    /// <summary>Where every reply is to be chosen, what chooses is in memory before its version serves, as its adapter is: chats go on while the
    /// store does not answer.</summary>
    internal Task PrepareAsync(string version) => options.BestOf > 1 ? rewards.FindAsync(version) : Task.CompletedTask;

    /// <summary>What is to choose among several replies to a request; null where one is to be drawn.</summary>
    /// <exception cref="RefusedException">The request asks for a choice, and there can be none.</exception>
    internal async Task<SavedReward?> JudgeAsync(DecodeRequest request)
    {
        if (Count(request) == 1)
        {
            return null;
        }

        // At temperature 0 all of them would be the same.
        var judge = request.Sampling.Temperature == 0 ? null : await rewards.FindAsync(request.Version);
        return judge is null && request.BestOf is not null ? throw NoChoice(request) : judge;
    }

    /// <summary>Draws and chooses. Cancelling gives all places free; so does the first reply that is refused one.</summary>
    internal async Task<DecodedPiece> DrawAsync(Drawing drawing, SavedReward judge, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var count = Count(drawing.Request);
        var replies = await Task.WhenAll(Enumerable.Range(0, count).Select(DrawOneAsync));
        Interlocked.Add(ref _drawn, count);

        var best = await rewards.BestAsync(judge, drawing.Request.Messages, [.. replies.Select(reply => reply.Text)], cancellationToken);
        return replies[best] with { ChosenFrom = new Candidates(count, replies.Sum(reply => reply.Tokens.Length)) };

        async Task<DecodedPiece> DrawOneAsync(int candidate)
        {
            try
            {
                return drawing.Whole(await engine.CompleteAsync(drawing.Generation(Seed(drawing.Request, candidate)), together.Token));
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

    private static RefusedException NoChoice(DecodeRequest request) => new(
        Refusal.Invalid,
        request.Sampling.Temperature == 0
            ? $"'best_of' is {request.BestOf} and 'temperature' 0, at which all replies are the same; ask for a temperature above 0, or leave best_of out."
            : $"'best_of' is {request.BestOf}, and version '{request.Version}' has no reward model to choose by: the base has none, nor has a version that was published before they were kept. Name another version, or leave best_of out.",
        "best_of");
}
