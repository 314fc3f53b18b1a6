using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Grains.Raters;

/// <summary>Statements by the tags that they carry and by the version that they are on.</summary>
internal static class Cohorts
{
    private const int Least = 5;   // fewer tell nothing of a group, and something of a person
    private const int Most = 1000; // tags are anybody's words

    /// <summary>The cohorts of each version, those of all statements first.</summary>
    public static ImmutableArray<Cohort> Of(IEnumerable<WindowEntry> newest, RatersState decided, FeedbackOptions options) =>
    [
        .. StandingFeedback.Of(newest).Standing
            .Where(entry => !decided.Quarantined.ContainsKey(entry.Rater) && !decided.Gold.ContainsKey(entry.Place.Reply))
            .SelectMany(entry => entry.Said.Tags.Distinct(StringComparer.Ordinal).Prepend(""), (entry, tag) => (Entry: entry, Tag: tag))
            .GroupBy(statement => (statement.Tag, statement.Entry.Said.Version), statement => statement.Entry)
            .Select(group => Of(group.Key.Tag, group.Key.Version, [.. group], options))
            .Where(cohort => cohort.Name.Length == 0 || cohort.Statements >= Least)
            .OrderByDescending(cohort => cohort.Name.Length == 0).ThenByDescending(cohort => cohort.Statements)
            .ThenBy(cohort => cohort.Name, StringComparer.Ordinal).ThenBy(cohort => cohort.Version, StringComparer.Ordinal)
            .Take(Most),
    ];

    private static Cohort Of(string name, string version, List<WindowEntry> statements, FeedbackOptions options)
    {
        var scores = statements.Select(entry => StandingFeedback.ScoreOf(entry.Said, options)).OfType<double>().ToList();
        return new Cohort(
            name,
            version,
            statements.Count,
            statements.CountBy(entry => KindName.Of(entry.Said.Kind)).ToImmutableSortedDictionary(),
            statements.DistinctBy(entry => entry.Rater).Count(),
            statements.DistinctBy(entry => entry.Place.Reply).Count(),
            scores.Count,
            scores.Sum(),
            scores.Sum(score => score * score));
    }
}
