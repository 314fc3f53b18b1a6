using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Rlhf.Grains.Moderation;

/// <summary>Counts what was refused, by the rule or category; never what was said or by whom.</summary>
internal static class ModerationMeter
{
    private static readonly Meter Meter = new("Rlhf.Moderation");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("rlhf.moderation.refused", "{text}", "Requests that moderation refused and replies that it cut.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("rlhf.moderation.unanswered", "{text}", "Texts that the moderation service did not answer about.");

    public static void Refused(string rule, ModerationSide side) => Refusals.Add(1, new TagList { { "rlhf.rule", rule }, { "rlhf.side", Name(side) } });

    public static void Unanswered(ModerationSide side) => Failures.Add(1, new TagList { { "rlhf.side", Name(side) } });

    private static string Name(ModerationSide side) => side == ModerationSide.Input ? "input" : "output";
}
