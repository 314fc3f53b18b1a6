using Rlhf.Statistics;
using Rlhf.Statistics.Comparisons;

namespace Rlhf.Server.Versions;

/// <summary>The versions by how they fare in comparisons with each other.</summary>
/// <param name="Comparisons">Pairs of replies of different versions that somebody compared.</param>
/// <param name="Prompts">Different prompts among them.</param>
/// <param name="LengthEffect">What a reply gains by being longer: the log-odds that the whole difference of lengths over their sum adds.</param>
/// <param name="Versions">The versions that were compared, best first.</param>
internal sealed record LeaderboardBody(int Comparisons, int Prompts, double LengthEffect, IReadOnlyList<LeaderboardRow> Versions)
{
    /// <summary>Makes the leaderboard.</summary>
    public static LeaderboardBody Of(IReadOnlyList<ComparedPrompt> compared)
    {
        string[] versions = [.. compared.SelectMany(prompt => prompt.Replies).Select(reply => reply.Version).Where(version => version.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        var index = versions.Index().ToDictionary(version => version.Item, version => version.Index);
        List<PairOutcome> pairs = [.. compared.SelectMany(prompt => prompt.Pairs(index))];
        if (pairs.Count == 0)
        {
            return new LeaderboardBody(0, 0, 0, []);
        }

        var fitted = BradleyTerry.Fit(pairs, versions.Length, controlLength: true);
        var plain = BradleyTerry.Fit(pairs, versions.Length, controlLength: false);
        var intervals = ClusterBootstrap.Intervals(
            pairs, pair => pair.Cluster, sample => [.. BradleyTerry.Fit(sample, versions.Length, controlLength: true).Strengths.Select(Elo.OfStrength)]);
        var elo = Elo.Rate(pairs, versions.Length);
        var rows = versions.Select((version, i) => new LeaderboardRow(
            version, Elo.OfStrength(fitted.Strengths[i]), IntervalBody.Of(intervals[i]), Elo.OfStrength(plain.Strengths[i]), elo[i],
            pairs.Count(pair => Won(pair, i, 1)), pairs.Count(pair => (pair.First == i || pair.Second == i) && pair.Score == 0.5), pairs.Count(pair => Won(pair, i, 0))));
        return new LeaderboardBody(
            pairs.Count, pairs.Select(pair => pair.Cluster).Distinct().Count(), fitted.Length,
            [.. rows.Where(row => row.Wins + row.Ties + row.Losses > 0).OrderByDescending(row => row.Rating)]);
    }

    private static bool Won(PairOutcome pair, int version, double score) => (pair.First == version && pair.Score == score) || (pair.Second == version && pair.Score == 1 - score);
}

/// <summary>A version's place on the leaderboard.</summary>
/// <param name="Version">The version.</param>
/// <param name="Rating">Its Bradley-Terry strength at equal length of replies, on Elo's scale; the versions' mean is 1000.</param>
/// <param name="Interval">The rating's 95 % interval, by 100 draws of prompts.</param>
/// <param name="RatingWithoutLengthControl">The same without the control for length.</param>
/// <param name="Elo">Its Elo rating: K 4, scale 400, start 1000, in the order of the comparisons.</param>
/// <param name="Wins">Pairs that it won.</param>
/// <param name="Ties">Pairs that were tied.</param>
/// <param name="Losses">Pairs that it lost.</param>
internal sealed record LeaderboardRow(
    string Version, double Rating, IntervalBody Interval, double RatingWithoutLengthControl, double Elo, int Wins, int Ties, int Losses);
