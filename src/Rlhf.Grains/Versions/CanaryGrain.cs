using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Statistics;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="ICanaryGrain"/>
/// <remarks>It stores nothing: what it decides follows from the catalogue's test, from the evidence, and from what the silos that serve tell again every few
/// seconds, so that it may be asked anywhere and any number of times.</remarks>
public sealed partial class CanaryGrain(IOptions<VersionOptions> options, TimeProvider time, ILogger<CanaryGrain> log) : Grain, ICanaryGrain
{
    private const int MissedLooks = 10;
    private const double ThompsonLeast = 0.05;
    private readonly Dictionary<string, (ServedFigures Figures, DateTimeOffset At)> _silos = [];

    private string Model => this.GetPrimaryKeyString();

    private IModelCatalogGrain Catalog => GrainFactory.GetGrain<IModelCatalogGrain>(Model);

    private IVersionEvidenceGrain Evidence => GrainFactory.GetGrain<IVersionEvidenceGrain>(Model);

    /// <inheritdoc/>
    public async Task DecideAsync(ServedFigures? served = null, CancellationToken cancellationToken = default)
    {
        Remember(served);
        if (await Catalog.GetTestAsync(cancellationToken) is not { } test)
        {
            await Catalog.PublishWaitingAsync(cancellationToken);
            if (options.Value.Allocation == ShareAllocation.Thompson)
            {
                await AllocateAsync(await Evidence.GetAsync(cancellationToken), cancellationToken);
            }

            return;
        }

        var evidence = await Evidence.GetAsync(cancellationToken);
        if (evidence.Test is { } said && said.Test == test && (Limited(said) ?? Decide(said, options.Value, time.GetUtcNow())) is { } decided)
        {
            LogDecided(test.Canary, decided.Outcome, decided.Decision.Cause);
            await Catalog.EndTestAsync(test, decided.Outcome, decided.Decision, cancellationToken);
        }
        else if (options.Value.Allocation == ShareAllocation.Thompson)
        {
            await AllocateAsync(evidence, cancellationToken);
        }
    }

    private void Remember(ServedFigures? served)
    {
        var now = time.GetUtcNow();
        if (served is not null)
        {
            _silos[served.Silo] = (served, now);
        }

        foreach (var gone in _silos.Where(silo => now - silo.Value.At > options.Value.DecideEvery * MissedLooks).Select(silo => silo.Key).ToList())
        {
            _silos.Remove(gone);
        }
    }

    private (VersionState Outcome, VersionDecision Decision)? Limited(CanaryEvidence said)
    {
        var silos = _silos.Values.Select(silo => silo.Figures).ToList();
        return options.Value.Limits.Passed(said, VersionFigures.Sum(said.Test.Canary, silos), VersionFigures.Sum(said.Test.Live, silos)) is { } passed
            ? (VersionState.RolledBack, new VersionDecision(passed, VersionDecision.Limits))
            : null;
    }

    private async Task AllocateAsync(VersionEvidence evidence, CancellationToken cancellationToken)
    {
        var versions = await Catalog.GetContendersAsync(cancellationToken);
        var shares = Thompson.Shares([.. versions.Select(version => evidence.Of(version).ToSample())], ThompsonLeast);
        await Catalog.AllocateAsync(versions.Zip(shares).ToImmutableDictionary(share => share.First, share => share.Second), cancellationToken);
    }

    /// <summary>Decides by what was said.</summary>
    /// <returns>Null while that is too little.</returns>
    internal static (VersionState Outcome, VersionDecision Decision)? Decide(CanaryEvidence said, VersionOptions options, DateTimeOffset now)
    {
        var (canary, live) = (said.Canary.ToSample(), said.Live.ToSample());
        return MeanDifference.Decide(canary, live, options.CanaryAlpha) switch
        {
            Verdict.Better => (VersionState.Live, new VersionDecision($"liked better than '{said.Test.Live}': {Figures(canary, live, options.CanaryAlpha)}", VersionDecision.CanaryTest)),
            Verdict.Worse => (VersionState.RolledBack, new VersionDecision($"liked less than '{said.Test.Live}': {Figures(canary, live, options.CanaryAlpha)}", VersionDecision.CanaryTest)),
            _ when now - said.Test.StartedAt >= options.CanaryPatience => Undecided($"for {options.CanaryPatience:c} (Versions:CanaryPatience)"),
            _ when canary.Count >= options.CanaryConversations => Undecided($"over {canary.Count} of its conversations (Versions:CanaryConversations)"),
            _ => null,
        };

        (VersionState, VersionDecision) Undecided(string how) => (
            VersionState.Retired, new VersionDecision($"undecided {how} against '{said.Test.Live}': {Figures(canary, live, options.CanaryAlpha)}", VersionDecision.CanaryTest));
    }

    private static string Figures(BoundedSample canary, BoundedSample live, double alpha)
    {
        var difference = MeanDifference.Interval(canary, live, alpha);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Mean(canary)} over {canary.Count} conversations against {Mean(live)} over {live.Count}, a difference from {difference.Lower:0.###} to {difference.Upper:0.###} at {1 - alpha:0.##%}");

        static string Mean(BoundedSample sample) => sample.Count == 0 ? "no score" : sample.Mean.ToString("0.###", CultureInfo.InvariantCulture);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Canary {Version} becomes {Outcome}: {Cause}")]
    private partial void LogDecided(string version, VersionState outcome, string cause);
}
