using System.Collections.Immutable;
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
public sealed class ServingGrain(BaseModel model, DecodeEngine engine, LoadedVersions loaded) : Grain, IServingGrain
{
    private long _revision = -1;
    private int _running;

    /// <inheritdoc/>
    public async IAsyncEnumerable<DecodedPiece> GenerateAsync(DecodeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await loaded.EnsureAsync(request.Version);
        var prompt = Prompt.Fit(model, request.Messages, request.Sampling.MaxTokens);
        var text = new TextStream(model.Tokenizer, request.Sampling.Stop);
        _running++;
        try
        {
            await using var tokens = engine.GenerateAsync(Generation(request, prompt), cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(tokens))
            {
                var piece = Piece(tokens.Current, text, prompt.Length);
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
        await Task.WhenAll(catalog.Versions.Select(served => loaded.EnsureAsync(served.Version)));
        if (catalog.Revision >= _revision)
        {
            _revision = catalog.Revision;
            loaded.KeepOnly(catalog.Versions.Select(served => served.Version).ToHashSet());
        }
    }

    /// <inheritdoc/>
    public Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new ReplicaStatus([.. loaded.Names], _revision, _running));

    /// <summary>What tokens add to a reply. A reader who is slower than the engine gets several at once, and so catches up.</summary>
    private DecodedPiece Piece(ReadOnlySpan<DecodedToken> drawn, TextStream text, int promptTokens)
    {
        var certain = "";
        var tokens = ImmutableArray.CreateBuilder<SampledToken>(drawn.Length);
        FinishReason? finish = null;
        for (var i = 0; i < drawn.Length && finish is null; i++)
        {
            certain += text.Append(drawn[i].Id);
            tokens.Add(new SampledToken(drawn[i].Id, model.Tokenizer.Decode([drawn[i].Id]), drawn[i].LogProb));
            finish = drawn[i].Finish ?? (text.Stopped ? FinishReason.Stop : null);
        }

        return new DecodedPiece(
            finish is null ? certain : certain + text.Finish(),
            tokens.ToImmutable(),
            promptTokens,
            finish?.ToString().ToLowerInvariant());
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<DecodedToken[]> tokens)
    {
        try
        {
            return await tokens.MoveNextAsync();
        }
        catch (QueueFullException full)
        {
            throw new RefusedException(Refusal.TooMany, full.Message, retryAfter: full.RetryAfter);
        }
        catch (InsufficientMemoryException memory)
        {
            throw new RefusedException(Refusal.Invalid, memory.Message, "max_tokens");
        }
    }

    private GenerationRequest Generation(DecodeRequest request, int[] prompt) => new()
    {
        Version = request.Version,
        Prompt = prompt,
        Sampling = new SamplingOptions
        {
            Temperature = request.Sampling.Temperature,
            TopP = request.Sampling.TopP,
            TopK = request.Sampling.TopK,
            Seed = unchecked((ulong?)request.Sampling.Seed),
        },
        MaxTokens = Math.Min(request.Sampling.MaxTokens, model.Config.ContextLength - prompt.Length),
        Stop = request.Sampling.Stop,
        Client = request.Client,
    };
}
