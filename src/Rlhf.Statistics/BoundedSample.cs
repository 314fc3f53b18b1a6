namespace Rlhf.Statistics;

/// <summary>Observations from 0 to 1, as far as the tests here need them: their order does not matter.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Sum">Their sum, from 0 to <paramref name="Count"/>.</param>
public readonly record struct BoundedSample(long Count, double Sum)
{
    /// <summary>The mean; NaN without observations.</summary>
    public double Mean => Sum / Count;

    /// <summary>The sample with one observation more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The observation is not from 0 to 1.</exception>
    public BoundedSample With(double observation) => observation is >= 0 and <= 1
        ? new BoundedSample(Count + 1, Sum + observation)
        : throw new ArgumentOutOfRangeException(nameof(observation), observation, "An observation must be from 0 to 1.");
}

/// <summary>An interval; both ends belong to it.</summary>
/// <param name="Lower">Its lower end.</param>
/// <param name="Upper">Its upper end.</param>
public readonly record struct Interval(double Lower, double Upper);
