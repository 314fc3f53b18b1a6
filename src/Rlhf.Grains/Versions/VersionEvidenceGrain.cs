using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="IVersionEvidenceGrain"/>
/// <remarks>The evidence and its cursor are one state and one write, so that no crash counts an entry twice or never. After an erasure all is computed anew,
/// since what was erased can't be taken away any more; where erasures follow each other that takes at most a tenth of the time, and until then the
/// evidence stays as it was.</remarks>
public sealed class VersionEvidenceGrain(
    [PersistentState("evidence")] IPersistentState<VersionEvidenceState> state,
    IFeedbackLedger ledger,
    IOptions<FeedbackOptions> options,
    TimeProvider time) : Grain, IVersionEvidenceGrain
{
    private const int PauseFactor = 9;
    private readonly EvidenceProjection _projection = new(ledger, options.Value);
    private long _restedAt;
    private TimeSpan _rest = TimeSpan.Zero;

    private IModelCatalogGrain Catalog => GrainFactory.GetGrain<IModelCatalogGrain>(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task<VersionEvidence> GetAsync(CancellationToken cancellationToken = default)
    {
        var test = await Catalog.GetTestAsync(cancellationToken);
        var last = await ledger.LastSequenceAsync(cancellationToken);
        if (state.State.Evidence is not { } evidence || evidence.Cursor > last)
        {
            return await RebuildAsync(cancellationToken); // never counted, or the ledger is an older one, as after a restored backup
        }

        if (evidence.Test?.Test == test && evidence.Cursor == last)
        {
            return evidence;
        }

        return await _projection.ReadOnAsync(evidence, test, cancellationToken) is { } next ? await SaveAsync(next, cancellationToken)
            : time.GetElapsedTime(_restedAt) < _rest ? evidence
            : await RebuildAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<VersionEvidence> RebuildAsync(CancellationToken cancellationToken = default)
    {
        var begun = time.GetTimestamp();
        var test = await Catalog.GetTestAsync(cancellationToken);
        var origins = new Dictionary<string, VersionOrigin>();
        foreach (var version in await Catalog.GetKnownAsync(cancellationToken))
        {
            if (await GrainFactory.GetGrain<IModelVersionGrain>($"{this.GetPrimaryKeyString()}:{version}").GetOriginAsync(cancellationToken) is { } origin)
            {
                origins[version] = origin;
            }
        }

        var rebuilt = await SaveAsync(await _projection.RebuildAsync(origins, test, cancellationToken), cancellationToken);
        (_rest, _restedAt) = (time.GetElapsedTime(begun) * PauseFactor, time.GetTimestamp());
        return rebuilt;
    }

    private async Task<VersionEvidence> SaveAsync(VersionEvidence next, CancellationToken cancellationToken)
    {
        var before = state.State.Evidence;
        state.State.Evidence = next;
        try
        {
            await state.WriteStateAsync(cancellationToken);
        }
        catch
        {
            state.State.Evidence = before;
            throw;
        }

        return next;
    }
}
