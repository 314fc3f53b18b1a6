using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <inheritdoc cref="IServingGrain"/>
/// <remarks>Reentrant: many replies are drawn at once. What they share is the engine, which is safe for that.</remarks>
[Reentrant]
[PreferLocalPlacement]
public sealed class ServingGrain(BaseModel model, DecodeEngine engine, LoadedVersions loaded, RewardScoring rewards, BestOfN bestOf) : Grain, IServingGrain
{
    private long _revision = -1;
    private int _running;

    /// <inheritdoc/>
    public async IAsyncEnumerable<DecodedPiece> GenerateAsync(DecodeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var chosen = await bestOf.IsChosenAsync(request);
        await loaded.EnsureAsync(request.Version); // the last to wait for: until the engine has the request its version may go
        var drawing = new Drawing(model, request);
        var text = drawing.Text();
        _running++;
        try
        {
            if (chosen)
            {
                yield return await bestOf.DrawAsync(drawing, cancellationToken);
                yield break;
            }

            var generation = drawing.Generation(unchecked((ulong?)request.Sampling.Seed));
            await using var tokens = engine.GenerateAsync(generation, cancellationToken).GetAsyncEnumerator(cancellationToken);
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
            _running--;
        }
    }

    /// <inheritdoc/>
    public async Task ServeAsync(ModelCatalog catalog, CancellationToken cancellationToken = default)
    {
        await Task.WhenAll(catalog.Versions.SelectMany(served => (Task[])[loaded.EnsureAsync(served.Version), bestOf.PrepareAsync(served.Version)]));
        if (catalog.Revision >= _revision)
        {
            _revision = catalog.Revision;
            var served = catalog.Versions.Select(version => version.Version).ToHashSet();
            loaded.KeepOnly(served);
            rewards.KeepOnly(served);
        }
    }

    /// <inheritdoc/>
    public Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new ReplicaStatus([.. loaded.Names], _revision, _running));

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
