using Rlhf.Statistics;
using Rlhf.Statistics.Comparisons;
using Rlhf.Statistics.Texts;

namespace Rlhf.Server.Versions;

/// <summary>Two versions compared.</summary>
/// <param name="Version">The version.</param>
/// <param name="Other">The one that it is compared with.</param>
/// <param name="All">Over all comparisons of the two.</param>
/// <param name="Cohorts">Over those that a rater filed under a tag, by tag.</param>
/// <param name="Corrections">How near the version's replies are to what people corrected them to; null where nobody did.</param>
/// <param name="OtherCorrections">The same of the other one.</param>
internal sealed record VersionComparisonBody(
    string Version, string Other, WinRateBody? All, IReadOnlyDictionary<string, WinRateBody> Cohorts, CorrectionsBody? Corrections, CorrectionsBody? OtherCorrections)
{
    /// <summary>Compares two versions.</summary>
    public static VersionComparisonBody Of(string version, string other, IReadOnlyList<ComparedPrompt> compared, IReadOnlyList<CorrectedReply> corrections)
    {
        var index = new Dictionary<string, int> { [version] = 0, [other] = 1 };
        List<(PairOutcome Pair, ComparedPrompt Prompt)> pairs = [.. compared.SelectMany(prompt => prompt.Pairs(index).Select(pair => (pair, prompt)))];
        return new VersionComparisonBody(
            version,
            other,
            WinRateBody.Of([.. pairs.Select(one => one.Pair)]),
            pairs.SelectMany(one => one.Prompt.Tags.Distinct(), (one, tag) => (Tag: tag, one.Pair)).GroupBy(one => one.Tag, one => one.Pair)
                .OrderBy(tag => tag.Key, StringComparer.Ordinal).ToDictionary(tag => tag.Key, tag => WinRateBody.Of([.. tag])!),
            CorrectionsBody.Of([.. corrections.Where(one => one.Version == version)]),
            CorrectionsBody.Of([.. corrections.Where(one => one.Version == other)]));
    }
}

/// <summary>How often a version's reply was preferred. Every prompt counts the same, however often it was compared; a tie is half a win.</summary>
/// <param name="WinRate">The mean over prompts.</param>
/// <param name="Interval">Its 95 % interval, by 100 draws of prompts.</param>
/// <param name="Prompts">Different prompts.</param>
/// <param name="Comparisons">Pairs of replies.</param>
internal sealed record WinRateBody(double WinRate, IntervalBody Interval, int Prompts, int Comparisons)
{
    /// <summary>The win rate of the contestant 0.</summary>
    /// <returns>Null without comparisons.</returns>
    public static WinRateBody? Of(IReadOnlyList<PairOutcome> pairs)
    {
        var prompts = pairs.GroupBy(pair => pair.Cluster, pair => pair.First == 0 ? pair.Score : 1 - pair.Score).Select(prompt => (prompt.Key, Mean: prompt.Average())).ToList();
        return prompts.Count == 0 ? null : new WinRateBody(
            prompts.Average(prompt => prompt.Mean),
            IntervalBody.Of(ClusterBootstrap.Intervals(prompts, prompt => prompt.Key, sample => [sample.Average(prompt => prompt.Mean)])[0]),
            prompts.Count,
            pairs.Count);
    }
}

/// <summary>Replies against what people corrected them to.</summary>
/// <param name="Replies">Replies that were corrected.</param>
/// <param name="Bleu">BLEU of them all, from 0 to 1.</param>
/// <param name="RougeL">Their mean ROUGE-L (F1), from 0 to 1.</param>
internal sealed record CorrectionsBody(int Replies, double Bleu, double RougeL)
{
    /// <summary>Measures replies.</summary>
    /// <returns>Null without corrections.</returns>
    public static CorrectionsBody? Of(IReadOnlyList<CorrectedReply> corrected) => corrected.Count == 0 ? null : new CorrectionsBody(
        corrected.Count, corrected.Aggregate(Statistics.Texts.Bleu.Empty, (sum, one) => sum.Plus(one.Bleu)).Score(), corrected.Average(one => one.RougeL));
}
