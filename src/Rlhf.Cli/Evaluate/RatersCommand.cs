using System.CommandLine;
using System.Globalization;
using Rlhf.Cli.Output;
using Rlhf.Statistics.Raters;

namespace Rlhf.Cli.Evaluate;

/// <summary><c>evaluate raters</c>: how well a majority vote and the server's own way of weighing raters tell the true labels.</summary>
internal static class RatersCommand
{
    public static Command Create(Screen screen)
    {
        var data = new Option<string>("--data") { Description = "What raters said: CSV with the columns item, rater, label and, where the true label is known, gold.", HelpName = "FILE", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("raters", "Compare a majority vote of raters with Dawid and Skene's model on items whose true label is known.") { data, json };
        command.SetAction((parsed, _) =>
        {
            var figures = parsed.GetValue(json);
            FiguresFile.Check(figures);
            var read = AnswersFile.Read(parsed.GetRequiredValue(data));
            var choice = GoldChoice.Measure(read.Answers, read.Items, read.Raters, read.Labels, read.Gold);
            var alpha = Krippendorff.Alpha(read.Answers);
            screen.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{read.Answers.Count:N0} answers of {read.Raters:N0} raters on {read.Items:N0} items with {read.Labels} labels{(read.Repeated == 0 ? "" : $"; {read.Repeated:N0} answers of a rater on an item again, of which the last counts")}"));
            screen.Line(choice.Gold == 0
                ? "no item has a gold label: nothing can be said about accuracy"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"accuracy on {choice.Gold:N0} gold items: majority {Share(choice.MajorityRight, choice):F4}, Dawid-Skene {Share(choice.DawidSkeneRight, choice):F4}; used is {(choice.UsesDawidSkene ? "Dawid-Skene" : "the majority")}: {Share(choice.Right, choice):F4}"));
            screen.Line(double.IsNaN(alpha) ? "Krippendorff's alpha: no item has two answers that could differ" : string.Create(CultureInfo.InvariantCulture, $"Krippendorff's alpha {alpha:F4}"));
            FiguresFile.Write(figures, new
            {
                Majority = Share(choice.MajorityRight, choice),
                Ours = Share(choice.Right, choice),
                KrippendorffAlpha = double.IsNaN(alpha) ? null : (double?)alpha,
                DawidSkene = Share(choice.DawidSkeneRight, choice),
                choice.Gold,
            });
            return Task.FromResult(0);
        });
        return command;
    }

    private static double? Share(int right, GoldChoice choice) => choice.Gold == 0 ? null : (double)right / choice.Gold;
}
