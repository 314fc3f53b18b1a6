using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>Which versions answer, at what share, and what people think of them: for whoever collects metrics.</summary>
/// <remarks>Thumbs are asked for now and then, because a collector's call can't wait for a grain.</remarks>
internal sealed partial class VersionMeter(
    IGrainFactory grains, CatalogCache catalog, IOptions<VersionOptions> options, TimeProvider time, ILogger<VersionMeter> log) : BackgroundService
{
    private const int PullsBetweenCounts = 30;
    private readonly Meter _meter = new("Rlhf.Versions", version: null, tags: null, scope: catalog);
    private volatile IReadOnlyList<VersionRecord> _records = [];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _meter.CreateObservableGauge("rlhf.version.share", Shares, "1", "The part of the conversations that a version answers.");
        _meter.CreateObservableUpDownCounter("rlhf.version.thumbs", Thumbs, "{thumb}", "Thumbs that a version's replies have.");
        _meter.CreateObservableGauge("rlhf.version.thumbs_up", Rates, "1", "Thumbs up among a version's thumbs.");
        using var timer = new PeriodicTimer(options.Value.RefreshEvery * PullsBetweenCounts, time);
        do
        {
            await AskAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var current = catalog.Current;
        try
        {
            var records = await Task.WhenAll(current.Versions.Select(served =>
                grains.GetGrain<IModelVersionGrain>($"{current.Model}:{served.Version}").GetAsync(cancellationToken)));
            _records = [.. records.OfType<VersionRecord>()];
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotCounted(error);
        }
    }

    private IEnumerable<Measurement<double>> Shares() => catalog.Current.Versions.Select(served => new Measurement<double>(
        served.Share, Of(served.Version), new("rlhf.version.state", served.State.ToString().ToLowerInvariant())));

    private IEnumerable<Measurement<long>> Thumbs() => _records.SelectMany(record => new[]
    {
        new Measurement<long>(record.ThumbsUp, Of(record.Id), new("rlhf.thumbs", "up")),
        new Measurement<long>(record.ThumbsDown, Of(record.Id), new("rlhf.thumbs", "down")),
    });

    private IEnumerable<Measurement<double>> Rates() =>
        from record in _records
        let thumbs = record.ThumbsUp + record.ThumbsDown
        where thumbs > 0
        select new Measurement<double>(record.ThumbsUp / (double)thumbs, Of(record.Id));

    private static KeyValuePair<string, object?> Of(string version) => new("rlhf.version", version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The versions' thumbs could not be counted; the metrics show the last count")]
    private partial void LogNotCounted(Exception error);
}
