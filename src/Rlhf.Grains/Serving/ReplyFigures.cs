using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Serving;

/// <summary>How this silo's replies go, by version, since it has heard of the canary that there is: the canary and the live version are compared over the same time.</summary>
public sealed class ReplyFigures
{
    private volatile Period _period = new(Canary: null);

    /// <summary>Counts from each new canary on.</summary>
    /// <param name="catalog">Where the silo hears of it.</param>
    public ReplyFigures(CatalogCache catalog) => catalog.Changed += changed =>
    {
        var canary = changed.Versions.FirstOrDefault(version => version.State == VersionState.Canary)?.Version;
        if (canary != _period.Canary)
        {
            _period = new Period(canary);
        }
    };

    /// <summary>Counts a reply's first token.</summary>
    public void FirstToken(string version, TimeSpan latency)
    {
        var counts = _period.Of(version);
        Interlocked.Increment(ref counts.FirstTokens[VersionFigures.BucketOf(latency)]);
    }

    /// <summary>Counts a reply that begins.</summary>
    public void Begun(string version) => Interlocked.Increment(ref _period.Of(version).Replies);

    /// <summary>Waits for a reply's next piece, and counts the reply where it breaks off with an error that is neither the caller's nor a lack of room.</summary>
    internal async ValueTask<bool> WatchAsync(string version, ValueTask<bool> next)
    {
        try
        {
            return await next;
        }
        catch (Exception error) when (error is not (RefusedException or OperationCanceledException))
        {
            Interlocked.Increment(ref _period.Of(version).Failures);
            throw;
        }
    }

    /// <summary>The counts.</summary>
    public ImmutableArray<VersionFigures> Read() =>
        [.. _period.Versions.Select(version => new VersionFigures(version.Key, Volatile.Read(ref version.Value.Replies), Volatile.Read(ref version.Value.Failures), [.. version.Value.FirstTokens]))];

    private sealed class Counts
    {
        public long Replies;
        public long Failures;
        public readonly long[] FirstTokens = new long[VersionFigures.Buckets];
    }

    private sealed record Period(string? Canary)
    {
        public ConcurrentDictionary<string, Counts> Versions { get; } = new();

        public Counts Of(string version) => Versions.GetOrAdd(version, _ => new Counts());
    }
}
