using System.Globalization;
using System.Text.Json;
using Rlhf.Cli.Output;
using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Cli.Clean;

/// <summary>A cleaning's report on the screen and as figures.</summary>
internal static class CleaningSummary
{
    public static void Show(CleaningReport report, Screen screen)
    {
        Say($"{report.Read:N0} read, {report.Kept:N0} kept ({report.KeptTraining:N0} to train on, {report.KeptHeldOut:N0} held out), {report.Read - report.Kept:N0} dropped");
        foreach (var (reason, (count, samples)) in report.Dropped)
        {
            Say($"dropped as {NameOf(reason)}: {count:N0}");
            foreach (var sample in samples)
            {
                Say($"  {sample.Place}{(sample.Id is null ? "" : $" ('{sample.Id}')")} {sample.Detail}{(sample.Text.Length == 0 ? "" : $": {sample.Text}")}");
            }
        }

        foreach (var (kind, (count, samples)) in report.Changed)
        {
            Say($"changed, {kind}: {count:N0} messages");
            foreach (var sample in samples)
            {
                Say($"  {sample.Place}: {sample.Text}");
            }
        }

        if (report.Forgotten > 0)
        {
            Say($"{report.Forgotten:N0} kept dialogues left the window (--window): a later one may repeat them");
        }

        if (report.HeldOutForgotten > 0)
        {
            Say($"{report.HeldOutForgotten:N0} held-out dialogues had no room in the window (--window): a training dialogue may repeat one of them");
        }

        void Say(FormattableString line) => screen.Line(line.ToString(CultureInfo.InvariantCulture));
    }

    public static object Figures(CleaningReport report) => new
    {
        report.Read,
        report.Kept,
        report.KeptTraining,
        report.KeptHeldOut,
        report.Forgotten,
        report.HeldOutForgotten,
        Dropped = report.Dropped.ToDictionary(reason => NameOf(reason.Key), reason => new { reason.Value.Count, reason.Value.Samples }),
        Changed = report.Changed.ToDictionary(kind => kind.Key, kind => new { kind.Value.Count, kind.Value.Samples }),
    };

    public static string NameOf(DropReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
