using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="IModelVersionGrain"/>
public sealed class ModelVersionGrain([PersistentState("version")] IPersistentState<VersionRecordState> record, TimeProvider time) : Grain, IModelVersionGrain
{
    private VersionRecordState Record => record.State;

    private string Model => this.GetPrimaryKeyString()[..this.GetPrimaryKeyString().LastIndexOf(':')];

    private string Version => this.GetPrimaryKeyString().Split(':')[^1];

    /// <inheritdoc/>
    public async Task CreateAsync(string? parent, VersionLineage lineage, CancellationToken cancellationToken = default)
    {
        if (Record.Lineage is { } made && made.JobId != lineage.JobId)
        {
            throw new RefusedException(Refusal.Conflict, $"Version '{Version}' was made by job '{made.JobId}' already.");
        }

        if (Record.Lineage == lineage)
        {
            return;
        }

        Record.Damage = null;
        Record.Parent = parent;
        Record.Lineage = lineage;
        Record.CreatedAt = time.GetUtcNow();
        if (lineage.JobId is null)
        {
            Step(VersionState.Live, "the base model", VersionDecision.Catalog);
        }
        else
        {
            Step(VersionState.Training, $"job '{lineage.JobId}' began", VersionDecision.Learner);
        }

        await record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CollectedAsync(long asOf, CancellationToken cancellationToken = default)
    {
        if (Record.CollectedAt != asOf && Record.Damage is null)
        {
            Record.CollectedAt = asOf;
            await record.WriteStateAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task MeasuredAsync(ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default)
    {
        if (Record.Damage is not null)
        {
            return; // what is stored is left to be restored
        }

        Record.Metrics = metrics.ToDictionary();
        if (Record.State == VersionState.Training)
        {
            Step(VersionState.Candidate, "its training ended", VersionDecision.Learner);
        }

        await record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task MoveAsync(VersionState state, string reason, string? by = null, CancellationToken cancellationToken = default)
    {
        if (Record.Damage is not null)
        {
            return;
        }

        if (Record.Lineage is null)
        {
            throw new RefusedException(Refusal.NotFound, $"There is no version '{Version}'.");
        }

        if (Record.State != state)
        {
            VersionLifeCycle.Require(Version, Record.State, state);
            Step(state, reason, by ?? VersionDecision.Catalog);
            await record.WriteStateAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<VersionState?> GetStateAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<VersionState?>(Record.Damage is not null ? VersionState.Damaged : Record.Lineage is null ? null : Record.State);

    /// <inheritdoc/>
    public Task<DateTimeOffset?> GetCreatedAtAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Record.Lineage is null ? null : Record.CreatedAt);

    /// <inheritdoc/>
    public Task<string?> GetParentAsync(CancellationToken cancellationToken = default) => Task.FromResult(Record.Parent);

    /// <inheritdoc/>
    public Task<VersionOrigin?> GetOriginAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Record.Lineage is { } lineage ? new VersionOrigin(lineage.JobId, lineage.Cursor, Record.CreatedAt!.Value, Record.CollectedAt) : null);

    /// <inheritdoc/>
    public async Task<VersionRecord?> GetAsync(CancellationToken cancellationToken = default)
    {
        if (Record.Damage is { } damage)
        {
            return new VersionRecord(
                Version, VersionState.Damaged, damage, Parent: null, CreatedAt: default, new VersionLineage(JobId: null, 0, 0, "", ""), ImmutableDictionary<string, double>.Empty, 0, 0);
        }

        if (Record.Lineage is null)
        {
            return null;
        }

        var said = (await GrainFactory.GetGrain<IVersionEvidenceGrain>(Model).GetAsync(cancellationToken)).Of(Version);
        return new VersionRecord(
            Version,
            Record.State,
            Record.Reason,
            Record.Parent,
            Record.CreatedAt!.Value,
            Record.Lineage,
            Record.Metrics.ToImmutableDictionary(),
            said.ThumbsUp,
            said.ThumbsDown,
            said.LastErasure > Record.CollectedAt ? said.Erased : null, // what was erased before, its training does without
            [.. Record.History]);
    }

    private void Step(VersionState to, string cause, string by)
    {
        VersionState? from = Record.History.Count > 0 ? Record.State : null;
        if (from is null && Record.Reason is not null)
        {
            // Stored by a program that kept no steps: the last one is known, not when and by whom.
            Record.History.Add(new VersionStep(Record.CreatedAt!.Value, From: null, Record.State, Record.Reason, VersionDecision.Catalog));
            from = Record.State;
        }

        Record.History.Add(new VersionStep(time.GetUtcNow(), from, to, cause, by));
        (Record.State, Record.Reason) = (to, cause);
    }
}
