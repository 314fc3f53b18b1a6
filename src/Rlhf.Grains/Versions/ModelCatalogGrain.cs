using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Utilities;
using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="IModelCatalogGrain"/>
/// <remarks>The catalogue's own state is the truth and is written first; only then does anybody see it, and the versions' records follow it. Should a
/// crash come between, they are brought after it when the grain wakes.</remarks>
public sealed partial class ModelCatalogGrain(
    [PersistentState("catalog")] IPersistentState<CatalogState> state,
    BaseVersion trunk,
    IOptions<VersionOptions> options,
    TimeProvider time,
    ILogger<ModelCatalogGrain> log) : Grain, IModelCatalogGrain
{
    private static readonly TimeSpan ObserverPatience = TimeSpan.FromSeconds(10);

    // Who did not renew its subscription three times is gone.
    private readonly ObserverManager<IModelCatalogObserver> _observers = new((options.Value.RefreshEvery * 3) + ObserverPatience, log) { GetDateTime = () => time.GetUtcNow().UtcDateTime };

    // Facts of the versions' records, read once: they never change.
    private readonly Dictionary<string, DateTimeOffset?> _createdAt = [];

    private string Model => this.GetPrimaryKeyString();

    /// <summary>What is durable.</summary>
    private CatalogState State { get; set; } = new();

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        State = state.State;
        if (State.Known.Count <= 1 && State.Trunk != trunk.Lineage.Model)
        {
            // New, or nothing was ever trained: the base is whatever base model there is.
            await Version(ModelCatalog.Base).CreateAsync(parent: null, trunk.Lineage, cancellationToken);
            await SaveAsync(
                State with
                {
                    Trunk = trunk.Lineage.Model,
                    Known = [ModelCatalog.Base],
                    Lives = [ModelCatalog.Base],
                    Served = [new ServedVersion(ModelCatalog.Base, VersionState.Live, 1)],
                },
                cancellationToken);
        }

        foreach (var version in State.Known)
        {
            await BringAfterAsync(version, cancellationToken);
            _createdAt[version] = await Version(version).GetCreatedAtAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ModelCatalog> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(Snapshot());

    /// <inheritdoc/>
    public async Task<ImmutableArray<VersionRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        var records = await Task.WhenAll(State.Known.Select(version => Version(version).GetAsync(cancellationToken)));
        return [.. records.OfType<VersionRecord>()];
    }

    /// <inheritdoc/>
    public async Task AnnounceAsync(string version, string parent, VersionLineage lineage, CancellationToken cancellationToken = default)
    {
        await Version(version).CreateAsync(parent, lineage, cancellationToken);
        _createdAt[version] = await Version(version).GetCreatedAtAsync(cancellationToken);
        if (!State.Known.Contains(version))
        {
            await SaveAsync(State with { Known = [.. State.Known, version] }, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<ModelCatalog> PublishAsync(string version, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (place == VersionState.Candidate)
        {
            await EnterAsync(State, version, VersionState.Canary, "passed the gate", cancellationToken);
        }
        else if (place != VersionState.Canary)
        {
            return Snapshot(); // published before; a job that was resumed after a crash may end twice
        }

        return options.Value.CanaryShare < 1
            ? await TellAsync()
            : await PromoteAsync(version, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RejectAsync(string version, string reason, CancellationToken cancellationToken = default) =>
        Version(version).MoveAsync(VersionState.Rejected, reason, cancellationToken);

    /// <inheritdoc/>
    public async Task<ModelCatalog> PromoteAsync(string version, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (place == VersionState.Live)
        {
            return Snapshot();
        }

        VersionLifeCycle.Require(version, place, VersionState.Live);
        await EnterAsync(State with { Lives = [.. State.Lives.Where(live => live != version), version] }, version, VersionState.Live, "promoted", cancellationToken);
        return await TellAsync();
    }

    /// <inheritdoc/>
    public async Task<ModelCatalog> RollBackAsync(string version, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (version == ModelCatalog.Base)
        {
            throw new RefusedException(Refusal.Conflict, "The base cannot be rolled back: it is what is left when everything else is. Promote another version instead.");
        }

        VersionLifeCycle.Require(version, place, VersionState.RolledBack);
        var record = (await Version(version).GetAsync(cancellationToken))!;
        var parent = await Version(record.Parent ?? ModelCatalog.Base).GetAsync(cancellationToken);
        var without = State with
        {
            Lives = [.. State.Lives.Where(live => live != version)],
            Served = [.. State.Served.Where(served => served.Version != version)],
            Withheld = [.. State.Withheld, new WithheldFeedback(version, parent?.Lineage.Cursor ?? 0, record.Lineage.Cursor)],
        };
        await EnterAsync(without, without.Lives[^1], VersionState.Live, $"'{version}' was rolled back", cancellationToken);
        await Version(version).MoveAsync(VersionState.RolledBack, "rolled back", cancellationToken);
        return await TellAsync();
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(string version, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (place != VersionState.RolledBack)
        {
            throw new RefusedException(Refusal.Conflict, $"Version '{version}' was not rolled back, so none of the feedback that it learned from is withheld.");
        }

        if (State.Withheld.Any(withheld => withheld.Version == version))
        {
            await SaveAsync(State with { Withheld = [.. State.Withheld.Where(withheld => withheld.Version != version)] }, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<WithheldFeedback>> GetWithheldAsync(CancellationToken cancellationToken = default) => Task.FromResult<ImmutableArray<WithheldFeedback>>([.. State.Withheld]);

    /// <inheritdoc/>
    public Task<ModelCatalog> SubscribeAsync(IModelCatalogObserver observer)
    {
        _observers.Subscribe(observer, observer);
        return Task.FromResult(Snapshot());
    }

    private IModelVersionGrain Version(string version) => GrainFactory.GetGrain<IModelVersionGrain>($"{Model}:{version}");

    private ModelCatalog Snapshot() => new(
        Model, State.Revision, [.. State.Served.Select(served => served with { CreatedAt = _createdAt.GetValueOrDefault(served.Version) })], State.Trunk);

    private async Task<VersionState> PlaceAsync(string version, CancellationToken cancellationToken) =>
        (State.Known.Contains(version) ? await Version(version).GetStateAsync(cancellationToken) : null)
        ?? throw new RefusedException(Refusal.NotFound, $"There is no version '{version}'; there are: {string.Join(", ", State.Known)}.");

    /// <summary>Gives a version its place, and everybody else the place that is left.</summary>
    private async Task EnterAsync(CatalogState before, string version, VersionState place, string reason, CancellationToken cancellationToken)
    {
        await SaveAsync(
            before with { Served = [.. Shares.Place(before.Served, before.Known, version, place, options.Value)], Revision = before.Revision + 1 }, cancellationToken);

        foreach (var served in State.Served)
        {
            await Version(served.Version).MoveAsync(served.State, served.Version == version ? reason : $"'{version}' took its place", cancellationToken);
        }
    }

    private async Task SaveAsync(CatalogState next, CancellationToken cancellationToken)
    {
        state.State = next;
        try
        {
            await state.WriteStateAsync(cancellationToken);
        }
        catch
        {
            state.State = State;
            throw;
        }

        State = next;
    }

    /// <summary>Finishes the step that a crash may have left half done.</summary>
    private async Task BringAfterAsync(string version, CancellationToken cancellationToken)
    {
        var served = State.Served.FirstOrDefault(other => other.Version == version);
        var place = await Version(version).GetStateAsync(cancellationToken);
        if (served is not null)
        {
            await Version(version).MoveAsync(served.State, "the catalogue says so", cancellationToken);
        }
        else if (place is VersionState.Canary or VersionState.Live)
        {
            await Version(version).MoveAsync(VersionState.RolledBack, "rolled back", cancellationToken);
        }
    }

    /// <summary>Returns when every silo that listens answers by the new catalogue. One that does not answer in time
    /// finds it by its own pull.</summary>
    private async Task<ModelCatalog> TellAsync()
    {
        var catalog = Snapshot();
        _observers.ClearExpired();
        await Task.WhenAll(_observers.Select(TellOneAsync)); // its own Notify tells one after the other, and forgets at once who fails
        return catalog;

        async Task TellOneAsync(IModelCatalogObserver observer)
        {
            try
            {
                await observer.ChangedAsync(catalog).WaitAsync(ObserverPatience, time);
            }
            catch (Exception error)
            {
                LogUnreachable(error, catalog.Revision);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A silo did not take catalogue revision {Revision}; it will find it by its own pull")]
    private partial void LogUnreachable(Exception error, long revision);
}
