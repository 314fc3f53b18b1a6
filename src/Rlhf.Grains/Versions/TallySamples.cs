using Rlhf.Contracts;
using Rlhf.Statistics;

namespace Rlhf.Grains.Versions;

/// <summary>Tallies as the tests take them.</summary>
public static class TallySamples
{
    /// <summary>The conversations' scores.</summary>
    /// <param name="tally">The tally.</param>
    public static BoundedSample ToSample(this VersionTally tally) => new(tally.Conversations, tally.Score / (double)VersionTally.Unit);
}
