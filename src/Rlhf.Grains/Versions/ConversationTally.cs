using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What one conversation adds to the versions' tallies: a pure function of what was said in it.</summary>
internal static class ConversationTally
{
    /// <summary>Counts what stands at a place of the ledger.</summary>
    /// <param name="said">What was said in the conversation, in the ledger's order.</param>
    /// <param name="after">Statements that were last made at or before this sequence do not count.</param>
    /// <param name="upTo">The sequence at which it is looked; what came later is left out.</param>
    /// <returns>A tally for each version that answered in the conversation and of which something counts.</returns>
    public static IReadOnlyDictionary<string, VersionTally> Of(IEnumerable<ScoredStatement> said, long after, long upTo)
    {
        var standing = new Dictionary<(string, string, string), ScoredStatement>();
        foreach (var statement in said.TakeWhile(statement => statement.Sequence <= upTo))
        {
            if (statement.Retracts)
            {
                standing.Remove(statement.Statement);
            }
            else
            {
                standing[statement.Statement] = statement;
            }
        }

        return standing.Values.Where(statement => statement.Sequence > after).OrderBy(statement => statement.Sequence).GroupBy(statement => statement.Version)
            .ToDictionary(version => version.Key, version => Of([.. version]));
    }

    private static VersionTally Of(IReadOnlyList<ScoredStatement> statements)
    {
        var scored = statements.Where(statement => statement.Score is not null).ToList();
        var weight = scored.Sum(statement => statement.Weight);
        var score = weight > 0 ? scored.Sum(statement => statement.Score!.Value * statement.Weight) / weight : 0;
        return new VersionTally(
            ThumbsUp: 0,
            ThumbsDown: 0,
            scored.Count,
            weight > 0 ? 1 : 0,
            (long)Math.Round(score * VersionTally.Unit),
            statements.Any(statement => statement.Report) ? 1 : 0);
    }
}
