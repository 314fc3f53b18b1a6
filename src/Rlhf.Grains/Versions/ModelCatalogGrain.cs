using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Utilities;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="IModelCatalogGrain"/>
/// <remarks>The routing table is written first, with the steps that the change is made of; only then does anybody see it, and the versions' own records take
/// the steps. Should a crash come between, they take them when the grain wakes.</remarks>
public sealed partial class ModelCatalogGrain(
    [PersistentState("catalog")] IPersistentState<CatalogState> state,
    BaseVersion trunk,
    IFeedbackLedger ledger,
    IAdapterStore adapters,
    IOptions<VersionOptions> options,
    TimeProvider time,
    ILogger<ModelCatalogGrain> log) : Grain, IModelCatalogGrain
{
    private static readonly TimeSpan ObserverPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AdaptersCheckedEvery = TimeSpan.FromMinutes(1);

    // Who did not renew its subscription three times is gone.
    private readonly ObserverManager<IModelCatalogObserver> _observers = new((options.Value.RefreshEvery * 3) + ObserverPatience, log) { GetDateTime = () => time.GetUtcNow().UtcDateTime };

    // Facts of the versions' records, read once: they never change.
    private readonly Dictionary<string, DateTimeOffset?> _createdAt = [];

    private readonly Dictionary<string, string> _damagedRecords = [];
    private ImmutableDictionary<string, string> _damagedAdapters = ImmutableDictionary<string, string>.Empty;
    private long? _adaptersCheckedAt;

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

        await SetAsideAsync(cancellationToken);
        await TakeStepsAsync(cancellationToken);
        foreach (var version in State.Known)
        {
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
    public async Task<ModelCatalog> PublishAsync(string version, bool canaryOnly = false, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (place is not (VersionState.Training or VersionState.Candidate or VersionState.Canary))
        {
            return Snapshot(); // published before; a job that was resumed after a crash may end twice
        }

        if (place != VersionState.Canary)
        {
            if (await FindDistrustedAncestorAsync(version, cancellationToken) is { } ancestor)
            {
                await RejectAsync(
                    version, $"its ancestor '{ancestor}' was rolled back; what descends from that is not published unless '{ancestor}' is promoted again", VersionDecision.Gate, cancellationToken);
                return Snapshot();
            }

            if (place == VersionState.Training)
            {
                await Version(version).MoveAsync(VersionState.Candidate, "its training ended", VersionDecision.Learner, cancellationToken);
            }

            var straight = !canaryOnly && options.Value.GoesStraightToLive;
            if (!straight && State.Test is { } test)
            {
                await WaitAsync(new WaitingCandidate(version, canaryOnly), test, cancellationToken);
                return Snapshot();
            }

            var reason = canaryOnly ? "the gate has too little evidence to make it everybody's: a canary at most" : "passed the gate";
            await ChangeAsync(Without(version), version, VersionState.Canary, new VersionDecision(reason, VersionDecision.Gate), cancellationToken);
            place = VersionState.Canary;
        }

        return canaryOnly || !options.Value.GoesStraightToLive
            ? await TellAsync()
            : await MakeLiveAsync(version, new VersionDecision("passed the gate, and there are no canaries (Versions:Canary)", VersionDecision.Gate), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ModelCatalog> PublishWaitingAsync(CancellationToken cancellationToken = default)
    {
        if (State is { Test: null, Waiting: { } waiting })
        {
            await PublishAsync(waiting.Version, waiting.CanaryOnly, cancellationToken);
            if (State.Waiting == waiting)
            {
                await SaveAsync(Without(waiting.Version), cancellationToken); // rejected meanwhile, or now
            }
        }

        return Snapshot();
    }

    /// <inheritdoc/>
    public Task RejectAsync(string version, string reason, string? by = null, CancellationToken cancellationToken = default) =>
        Version(version).MoveAsync(VersionState.Rejected, reason, by ?? VersionDecision.Gate, cancellationToken);

    /// <inheritdoc/>
    public async Task<ModelCatalog> PromoteAsync(string version, VersionDecision? decision = null, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (place != VersionState.Live)
        {
            VersionLifeCycle.Require(version, place, VersionState.Live);
        }

        return await adapters.WhyNotAsync(version, cancellationToken) is { } damage ? throw new RefusedException(Refusal.Conflict, $"Version '{version}' could answer nobody: {damage}")
            : place == VersionState.Live ? Snapshot()
            : await MakeLiveAsync(version, decision ?? new VersionDecision("promoted", VersionDecision.Catalog), cancellationToken);
    }

    private Task<ModelCatalog> MakeLiveAsync(string version, VersionDecision decision, CancellationToken cancellationToken) =>
        ChangeAsync(
            State with { Lives = [.. State.Lives.Where(live => live != version), version] },
            version, VersionState.Live, decision, cancellationToken);

    /// <inheritdoc/>
    public async Task<ModelCatalog> RollBackAsync(string version, VersionDecision? decision = null, CancellationToken cancellationToken = default)
    {
        var place = await PlaceAsync(version, cancellationToken);
        if (version == ModelCatalog.Base)
        {
            throw new RefusedException(Refusal.Conflict, "The base cannot be rolled back: it is what is left when everything else is. Promote another version instead.");
        }

        VersionLifeCycle.Require(version, place, VersionState.RolledBack);
        var record = (await Version(version).GetOriginAsync(cancellationToken))!;
        var parent = await Version(await Version(version).GetParentAsync(cancellationToken) ?? ModelCatalog.Base).GetOriginAsync(cancellationToken);
        var without = State with
        {
            Lives = [.. State.Lives.Where(live => live != version)],
            Served = [.. State.Served.Where(served => served.Version != version)],
            Withheld = [.. State.Withheld.Where(withheld => withheld.Version != version), new WithheldFeedback(version, parent?.Cursor ?? 0, record.Cursor)],
        };
        return await ChangeAsync(without, version, VersionState.RolledBack, decision ?? new VersionDecision("rolled back", VersionDecision.Catalog), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ModelCatalog> EndTestAsync(CanaryTest test, VersionState outcome, VersionDecision decision, CancellationToken cancellationToken = default) =>
        State.Test != test ? Snapshot() : outcome switch
        {
            VersionState.Live => await PromoteAsync(test.Canary, decision, cancellationToken),
            VersionState.RolledBack => await RollBackAsync(test.Canary, decision, cancellationToken),
            VersionState.Retired => await ChangeAsync(State, test.Canary, VersionState.Retired, decision, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "A canary becomes live, rolled back or retired."),
        };

    /// <inheritdoc/>
    public async Task<ModelCatalog> AllocateAsync(ImmutableDictionary<string, double> shares, CancellationToken cancellationToken = default)
    {
        var contenders = Contenders();
        var isSame = State.Served.All(served => served.Share == shares.GetValueOrDefault(served.Version));
        if (isSame || !contenders.SequenceEqual(contenders.Where(shares.ContainsKey)) || shares.Count != contenders.Count)
        {
            return Snapshot();
        }

        await SaveAsync(
            State with { Served = [.. State.Served.Select(served => served with { Share = shares.GetValueOrDefault(served.Version) })], Revision = State.Revision + 1 }, cancellationToken);
        return await TellAsync();
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> GetContendersAsync(CancellationToken cancellationToken = default) => Task.FromResult<ImmutableArray<string>>([.. Contenders()]);

    /// <inheritdoc/>
    public Task<CanaryTest?> GetTestAsync(CancellationToken cancellationToken = default) => Task.FromResult(State.Test);

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> GetKnownAsync(CancellationToken cancellationToken = default) => Task.FromResult<ImmutableArray<string>>([.. State.Known]);

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<string, string>> GetDamagedAsync(CancellationToken cancellationToken = default)
    {
        if (_adaptersCheckedAt is not { } checkedAt || time.GetElapsedTime(checkedAt) > AdaptersCheckedEvery)
        {
            _adaptersCheckedAt = time.GetTimestamp();
            var damaged = ImmutableDictionary.CreateBuilder<string, string>();
            foreach (var served in State.Served)
            {
                if (await adapters.WhyNotAsync(served.Version, cancellationToken) is { } reason)
                {
                    damaged[served.Version] = reason;
                }
            }

            _damagedAdapters = damaged.ToImmutable();
        }

        return _damagedAdapters.SetItems(_damagedRecords);
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

    private ModelCatalog Snapshot() => new ModelCatalog(
        Model, State.Revision, [.. State.Served.Select(served => served with { CreatedAt = _createdAt.GetValueOrDefault(served.Version) })], State.Trunk).Without(_damagedRecords.Keys);

    /// <summary>A version whose record can't be read is not served. What the base is is known without its record.</summary>
    private async Task SetAsideAsync(CancellationToken cancellationToken)
    {
        foreach (var version in State.Known)
        {
            if (await Version(version).GetStateAsync(cancellationToken) != VersionState.Damaged)
            {
                continue;
            }

            if (version != ModelCatalog.Base)
            {
                _damagedRecords[version] = (await Version(version).GetAsync(cancellationToken))!.Reason!;
            }
            else if (State.Served.FirstOrDefault(served => served.Version == version) is { } served && State.Trunk == trunk.Lineage.Model)
            {
                await Version(version).CreateAsync(parent: null, trunk.Lineage, cancellationToken);
                await Version(version).MoveAsync(served.State, "its record could not be read and was made anew", VersionDecision.Catalog, cancellationToken);
            }
        }
    }

    private async Task<VersionState> PlaceAsync(string version, CancellationToken cancellationToken) =>
        (State.Known.Contains(version) ? await Version(version).GetStateAsync(cancellationToken) : null)
        ?? throw new RefusedException(Refusal.NotFound, $"There is no version '{version}'; there are: {string.Join(", ", State.Known)}.");

    private List<string> Contenders()
    {
        var before = State.Lives.Count > 1 ? State.Lives[^2] : null;
        return [.. State.Served.Where(served => served.State is VersionState.Live or VersionState.Canary || served.Version == before).Select(served => served.Version)];
    }

    private CatalogState Without(string waiting) => State.Waiting?.Version == waiting ? State with { Waiting = null } : State;

    /// <summary>The nearest ancestor that is rolled back; null where all are trusted.</summary>
    private async Task<string?> FindDistrustedAncestorAsync(string version, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>();
        for (var ancestor = await Version(version).GetParentAsync(cancellationToken); ancestor is not null && seen.Add(ancestor); ancestor = await Version(ancestor).GetParentAsync(cancellationToken))
        {
            if (await Version(ancestor).GetStateAsync(cancellationToken) == VersionState.RolledBack)
            {
                return ancestor;
            }
        }

        return null;
    }

    /// <summary>Lets a candidate wait for the end of a test. One waits at a time: the newest is the best that there is.</summary>
    private async Task WaitAsync(WaitingCandidate candidate, CanaryTest test, CancellationToken cancellationToken)
    {
        if (State.Waiting is { } other && other.Version != candidate.Version)
        {
            await RejectAsync(other.Version, $"'{candidate.Version}' was made while it waited for the canary '{test.Canary}' to be decided", VersionDecision.Learner, cancellationToken);
        }

        if (State.Waiting != candidate)
        {
            await SaveAsync(State with { Waiting = candidate }, cancellationToken);
        }
    }

    /// <summary>Gives a version its place, and everybody else the place that is left. Every silo hears of it as soon as it is durable.</summary>
    private async Task<ModelCatalog> ChangeAsync(CatalogState before, string version, VersionState place, VersionDecision decision, CancellationToken cancellationToken)
    {
        var leaves = place == VersionState.RolledBack;
        ServedVersion[] served = [.. leaves
            ? Shares.Place(before.Served, before.Known, before.Lives[^1], VersionState.Live, options.Value)
            : Shares.Place(before.Served, before.Known, version, place, options.Value)];
        var others = leaves ? $"'{version}' was rolled back" : $"'{version}' took its place";
        var moves = State.Served.Where(old => old.Version != version && !served.Any(now => now.Version == old.Version))
            .Select(old => new VersionMove(old.Version, VersionState.Retired, others)) // no longer kept
            .Concat(served.Where(now => now.Version != version).Select(now => new VersionMove(now.Version, now.State, others)))
            .Prepend(new VersionMove(version, place, decision.Cause));
        await SaveAsync(
            before with
            {
                Served = served,
                Revision = before.Revision + 1,
                Test = await TestOfAsync(served, before.Test, cancellationToken),
                Steps = new VersionSteps(decision.By, [.. moves]),
            },
            cancellationToken);
        var told = TellAsync();
        await TakeStepsAsync(cancellationToken);
        return await told;
    }

    /// <summary>The test of the canary that is served: the one before where both its sides are the same.</summary>
    private async Task<CanaryTest?> TestOfAsync(IReadOnlyList<ServedVersion> served, CanaryTest? before, CancellationToken cancellationToken)
    {
        var live = served.Single(version => version.State == VersionState.Live).Version;
        return served.FirstOrDefault(version => version.State == VersionState.Canary)?.Version is not { } canary ? null
            : before is not null && before.Canary == canary && before.Live == live ? before
            : new CanaryTest(canary, live, await ledger.LastSequenceAsync(cancellationToken), time.GetUtcNow());
    }

    /// <summary>Has the versions' own records take the steps of the last change; those that took them stay as they are.</summary>
    private async Task TakeStepsAsync(CancellationToken cancellationToken)
    {
        foreach (var move in State.Steps?.Moves ?? [])
        {
            await Version(move.Version).MoveAsync(move.To, move.Cause, State.Steps!.By, cancellationToken);
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
