namespace Rlhf.Statistics;

/// <summary>What became of simulated canaries.</summary>
/// <param name="Equal">What the test said of canaries that are as good as the live version.</param>
/// <param name="Worse">What it said of worse ones.</param>
/// <param name="Better">What it said of better ones.</param>
/// <param name="Conversations">How many conversations with feedback, of both versions, it took to decide the worse and the better ones, in order.</param>
public sealed record CanaryOutcomes(IReadOnlyList<Verdict> Equal, IReadOnlyList<Verdict> Worse, IReadOnlyList<Verdict> Better, IReadOnlyList<int> Conversations);

/// <summary>Simulated streams of feedback on a canary and on the live version, for measuring how often the test decides rightly.</summary>
/// <remarks>A version is as good as the mean score of its conversations, drawn for each pair from 0.3 to 0.8; conversations differ (a Beta distribution about
/// that mean), and have one to four thumbs each, so that a score is neither 0 or 1 alone nor a fair coin.</remarks>
/// <param name="Share">The part of the conversations that the canary answers.</param>
/// <param name="Effect">How much worse or better the canary's mean is.</param>
/// <param name="Alpha">The test's level.</param>
/// <param name="MostConversations">How many conversations the canary may have; then it counts as undecided.</param>
public sealed record CanarySimulation(double Share, double Effect, double Alpha, int MostConversations)
{
    private const double Concentration = 4;
    private const int MostThumbs = 4;

    /// <summary>Simulates so many pairs of each kind. The same seed gives the same outcomes.</summary>
    public CanaryOutcomes Run(int runs, ulong seed, CancellationToken cancellationToken)
    {
        var took = new List<int>();
        var equal = Many(0, runs, 1, took: null);
        var worse = Many(-Effect, runs, 2, took);
        var better = Many(Effect, runs, 3, took);
        took.Sort();
        return new CanaryOutcomes(equal, worse, better, took);

        List<Verdict> Many(double effect, int count, int stream, List<int>? took) => [.. Enumerable.Range(0, count).Select(run =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (verdict, conversations) = One(effect, new Random(HashCode(seed, stream, run)));
            if (verdict != Verdict.Undecided)
            {
                took?.Add(conversations);
            }

            return verdict;
        })];
    }

    private (Verdict Verdict, int Conversations) One(double effect, Random random)
    {
        var live = Math.Clamp(0.3 + (0.5 * random.NextDouble()), Math.Max(0.05, 0.05 - effect), Math.Min(0.95, 0.95 - effect));
        var (first, second) = (default(BoundedSample), default(BoundedSample));
        while (first.Count < MostConversations)
        {
            if (random.NextDouble() < Share)
            {
                first = first.With(Score(live + effect, random));
            }
            else
            {
                second = second.With(Score(live, random));
            }

            if (MeanDifference.Decide(first, second, Alpha) is not Verdict.Undecided and var verdict)
            {
                return (verdict, (int)(first.Count + second.Count));
            }
        }

        return (Verdict.Undecided, (int)(first.Count + second.Count));
    }

    private static double Score(double mean, Random random)
    {
        var quality = MathNet.Numerics.Distributions.Beta.Sample(random, Concentration * mean, Concentration * (1 - mean));
        var thumbs = random.Next(1, MostThumbs + 1);
        return Enumerable.Range(0, thumbs).Count(_ => random.NextDouble() < quality) / (double)thumbs;
    }

    /// <summary>A seed of its own for each run, the same on every machine (<see cref="System.HashCode"/> is not).</summary>
    private static int HashCode(ulong seed, int stream, int run)
    {
        var hash = (seed * 0x9E3779B97F4A7C15) + ((ulong)stream << 40) + (ulong)run;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return (int)((hash ^ (hash >> 31)) & 0x7FFFFFFF);
    }
}
