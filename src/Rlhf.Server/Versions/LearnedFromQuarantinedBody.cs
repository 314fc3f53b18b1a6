using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Server.Versions;

/// <summary>Raters whom a version may have learned from and who were put into quarantine after its training began. The next training does without; a release
/// takes the mark away.</summary>
/// <param name="Raters">How many raters.</param>
/// <param name="At">When the last of them was put into quarantine.</param>
internal sealed record LearnedFromQuarantinedBody(int Raters, DateTimeOffset At)
{
    /// <summary>What concerns a version; null where nothing does.</summary>
    public static LearnedFromQuarantinedBody? Of(VersionRecord record, ImmutableSortedDictionary<string, Quarantine> quarantined)
    {
        var concerned = quarantined.Values
            .Where(quarantine => record.Lineage.JobId is not null && quarantine.At > record.CreatedAt && quarantine.First <= record.Lineage.Cursor).ToList();
        return concerned.Count == 0 ? null : new LearnedFromQuarantinedBody(concerned.Count, concerned.Max(quarantine => quarantine.At));
    }
}
