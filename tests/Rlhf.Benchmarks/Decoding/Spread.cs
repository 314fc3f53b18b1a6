namespace Rlhf.Benchmarks.Decoding;

/// <summary>Figures of several runs.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Low">The lowest.</param>
/// <param name="High">The highest.</param>
internal sealed record Spread(double Median, double Low, double High)
{
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }
}
