namespace Rlhf.Inference;

/// <summary>How long a line of requests takes, from how often a place became free while somebody waited. Used under the engine's lock only.</summary>
internal sealed class DrainRate
{
    private const double Weight = 0.1;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private TimeSpan? _since;
    private double _interval;

    /// <summary>Takes note that a place became free, and whether somebody waits for the next one.</summary>
    /// <param name="now">The time on a clock of the caller's choice.</param>
    /// <param name="waiting">Whether somebody waits on.</param>
    public void Released(TimeSpan now, bool waiting)
    {
        if (_since is { } since)
        {
            double seconds = (now - since).TotalSeconds;
            _interval = _interval == 0 ? seconds : _interval + (Weight * (seconds - _interval));
        }

        // Where nobody waits, the next interval says how often somebody asks, not how fast the engine is.
        _since = waiting ? now : null;
    }

    /// <summary>Takes note that somebody waits.</summary>
    public void Waits(TimeSpan now) => _since ??= now;

    /// <summary>When so many requests will have got a place: a guess of at most a minute.</summary>
    public TimeSpan TimeFor(int requests, TimeSpan now)
    {
        double pause = _since is { } since ? (now - since).TotalSeconds : 0;
        double seconds = requests * Math.Max(_interval, pause);
        return seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
    }
}
