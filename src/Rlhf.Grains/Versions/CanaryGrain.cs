using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Statistics;

namespace Rlhf.Grains.Versions;

/// <inheritdoc cref="ICanaryGrain"/>
/// <remarks>It keeps nothing: what it decides follows from the catalogue's test and from the evidence, so that it may be asked anywhere and any number of times.</remarks>
public sealed partial class CanaryGrain(IOptions<VersionOptions> options, TimeProvider time, ILogger<CanaryGrain> log) : Grain, ICanaryGrain
{
    private string Model => this.GetPrimaryKeyString();

    private IModelCatalogGrain Catalog => GrainFactory.GetGrain<IModelCatalogGrain>(Model);

    /// <inheritdoc/>
    public async Task DecideAsync(CancellationToken cancellationToken = default)
    {
        if (await Catalog.GetTestAsync(cancellationToken) is not { } test)
        {
            await Catalog.PublishWaitingAsync(cancellationToken);
            return;
        }

        var evidence = await GrainFactory.GetGrain<IVersionEvidenceGrain>(Model).GetAsync(cancellationToken);
        if (evidence.Test is { } said && said.Test == test && Decide(said, options.Value, time.GetUtcNow()) is { } decided)
        {
            LogDecided(test.Canary, decided.Outcome, decided.Decision.Cause);
            await Catalog.EndTestAsync(test, decided.Outcome, decided.Decision, cancellationToken);
        }
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
