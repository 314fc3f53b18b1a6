using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="IModelVersionGrain"/>
/// <remarks>Thumbs are counted from the ledger when somebody asks, from where the last count ended: no thumb waits for
/// this grain, and no crash can make the count differ from the ledger.</remarks>
public sealed class ModelVersionGrain(
    [PersistentState("version")] IPersistentState<VersionRecordState> record,
    IFeedbackLedger ledger,
    TimeProvider time) : Grain, IModelVersionGrain
{
    private VersionRecordState Record => record.State;

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

        Record.State = lineage.JobId is null ? VersionState.Live : VersionState.Candidate;
        Record.Parent = parent;
        Record.Lineage = lineage;
        Record.CreatedAt = time.GetUtcNow();
        Record.CountedTo = lineage.Cursor; // nobody rated it before it was made
        await record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CollectedAsync(long asOf, CancellationToken cancellationToken = default)
    {
        if (Record.CollectedAt == asOf)
        {
            return;
        }

        Record.CollectedAt = asOf;
        if (Record.LastErasure <= asOf)
        {
            Record.LearnedFromErased = null; // it begins again without
        }

        await record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task MeasuredAsync(ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default)
    {
        Record.Metrics = metrics.ToDictionary();
        await record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task MoveAsync(VersionState state, string reason, CancellationToken cancellationToken = default)
    {
        if (Record.Lineage is null)
        {
            throw new RefusedException(Refusal.NotFound, $"There is no version '{Version}'.");
        }

        if (Record.State != state)
        {
            VersionLifeCycle.Require(Version, Record.State, state);
            Record.State = state;
            Record.Reason = reason;
            await record.WriteStateAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<VersionState?> GetStateAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<VersionState?>(Record.Lineage is null ? null : Record.State);

    /// <inheritdoc/>
    public Task<DateTimeOffset?> GetCreatedAtAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(Record.Lineage is null ? null : Record.CreatedAt);

    /// <inheritdoc/>
    public async Task<VersionRecord?> GetAsync(CancellationToken cancellationToken = default)
    {
        if (Record.Lineage is null)
        {
            return null;
        }

        await CountThumbsAsync(cancellationToken);
        return new VersionRecord(
            Version,
            Record.State,
            Record.Reason,
            Record.Parent,
            Record.CreatedAt!.Value,
            Record.Lineage,
            Record.Metrics.ToImmutableDictionary(),
            Record.ThumbsUp,
            Record.ThumbsDown,
            Record.LearnedFromErased);
    }

    private async Task CountThumbsAsync(CancellationToken cancellationToken)
    {
        var countedTo = Record.CountedTo;
        await foreach (var (sequence, pressed) in ledger.ReadAsync(Record.CountedTo, cancellationToken))
        {
            if (pressed.Version == Version)
            {
                Record.ThumbsUp += Count(pressed.Up, true) - Count(pressed.Replaces, true);
                Record.ThumbsDown += Count(pressed.Up, false) - Count(pressed.Replaces, false);
            }

            if (pressed.Erasure is { } erasure && sequence > Record.CollectedAt)
            {
                Mark(erasure, pressed.At, sequence);
            }

            Record.CountedTo = sequence;
        }

        if (Record.CountedTo > countedTo)
        {
            await record.WriteStateAsync(cancellationToken);
        }

        static int Count(bool? thumb, bool side) => thumb == side ? 1 : 0;
    }

    /// <summary>Which prompts it practised on nobody knows any more: those of all turns that were there may be among them.</summary>
    private void Mark(Erasure erasure, DateTimeOffset at, long sequence)
    {
        var events = erasure.EventsUpTo(Record.Lineage!.Cursor);
        var turns = erasure.OldestTurn <= Record.CreatedAt ? erasure.Turns : 0;
        if (Record.Lineage.JobId is not null && events + turns > 0)
        {
            var before = Record.LearnedFromErased;
            Record.LearnedFromErased = new LearnedFromErased((before?.Events ?? 0) + events, (before?.Turns ?? 0) + turns, at);
            Record.LastErasure = sequence;
        }
    }
}
