using System.CommandLine;
using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Statistics;

namespace Rlhf.Cli.Evaluate;

/// <summary><c>evaluate canary</c>: how often the server's test of a canary decides, and how rightly, on simulated feedback.</summary>
internal static class CanaryCommand
{
    // The server's defaults (Versions:CanaryShare, CanaryAlpha and CanaryConversations).
    private const double Share = 0.1, Alpha = 0.05;
    private const int MostConversations = 5_000;

    public static Command Create(Screen screen)
    {
        var runs = CommonOptions.Number("--runs", "Pairs of versions of each kind: equal, worse and better.", 200, 1, 100_000);
        var effect = CommonOptions.Number("--effect", "How much worse or better a canary's mean score is, where 1 is all thumbs up.", 0.15, 0.01, 0.9);
        var seed = SharedOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("canary", "Run the sequential test of a canary on simulated feedback on equal, worse and better versions.") { runs, effect, seed, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var simulation = new CanarySimulation(Share, parsed.GetValue(effect), Alpha, MostConversations);
            var outcomes = simulation.Run(parsed.GetValue(runs), parsed.GetValue(seed), cancellationToken);
            var (decidedEqual, rolledBackWorse, promotedBetter) = (
                Part(outcomes.Equal, Verdict.Better, Verdict.Worse), Part(outcomes.Worse, Verdict.Worse), Part(outcomes.Better, Verdict.Better));
            var median = outcomes.Conversations.Count == 0 ? (int?)null : outcomes.Conversations[outcomes.Conversations.Count / 2];
            screen.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{parsed.GetValue(runs):N0} pairs of each kind: of equal ones {decidedEqual:P1} decided, of worse ones {rolledBackWorse:P1} rolled back, of better ones {promotedBetter:P1} promoted"));
            screen.Line(median is null ? "none was decided" : string.Create(
                CultureInfo.InvariantCulture, $"half of the worse and better ones were decided within {median:N0} conversations with feedback, a tenth of them the canary's"));
            FiguresFile.Write(figures, new { DecidedEqual = decidedEqual, RolledBackWorse = rolledBackWorse, PromotedBetter = promotedBetter, ConversationsMedian = median });
            return Task.FromResult(0);
        });
        return command;
    }

    private static double Part(IReadOnlyList<Verdict> verdicts, params Verdict[] counted) => verdicts.Count(counted.Contains) / (double)verdicts.Count;
}
