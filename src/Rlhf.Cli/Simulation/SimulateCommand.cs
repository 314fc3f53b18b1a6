using System.CommandLine;
using Rlhf.Cli.Output;

namespace Rlhf.Cli.Simulation;

/// <summary><c>simulate</c>: shows the loop at work, from thumbs to a better model.</summary>
internal static class SimulateCommand
{
    private static readonly SimulationOptions Defaults = new();

    public static Command Create(Screen screen)
    {
        var rounds = CommonOptions.Number("--rounds", "How often the model is trained.", Defaults.Rounds, 1, 1000);
        var feedback = CommonOptions.Number("--feedback", "Pieces of feedback before each training.", Defaults.Feedback, 1, 1_000_000);
        var kind = new Option<FeedbackKind>("--feedback-kind")
        {
            Description = "What raters say: thumbs, ratings (stars), pairs, rankings (of four), corrections, labels (answers to the operator's questions), or all in turn.",
            DefaultValueFactory = _ => Defaults.Kind,
            HelpName = "KIND",
        };
        var noise = CommonOptions.Number("--noise", "Probability that a rater says the opposite.", Defaults.Noise, 0, 1);
        var seed = SharedOptions.Seed(Defaults.Seed);
        var raters = CommonOptions.Number("--raters", "People who share the work.", Defaults.Raters, 1, 100_000);
        var heldOut = CommonOptions.Number("--held-out", "Held-out prompts that every version is measured on.", Defaults.HeldOut, 10, 100_000);
        var bestOf = CommonOptions.Number("--best-of", "Measure the last version's best of this many replies, too, by its own reward model.", Defaults.BestOf, 1, 128);
        var taste = new Option<string?>("--taste") { Description = $"A taste's JSON file, or one of {string.Join(", ", TasteFile.Shipped)}.", HelpName = "FILE" };
        var url = SharedOptions.Url("A running server (RLHF_KEY holds the key, where it needs one); without it, one is started on a free port with fresh data.");
        var data = new Option<DirectoryInfo?>("--data") { Description = "An empty folder for the started server's data; without it, a temporary one.", HelpName = "DIR" };
        var model = new Option<DirectoryInfo?>("--model") { Description = "The started server's base model.", HelpName = "DIR" };
        var set = new Option<string[]>("--set") { Description = "A setting of the started server, such as Learner:Ppo:Iterations=12. May be given again.", HelpName = "KEY=VALUE" };
        set.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(t => !t.Value.Contains('=')) is { } bad)
            {
                result.AddError($"--set is '{bad.Value}'; it must be KEY=VALUE, such as Learner:Ppo:Iterations=12.");
            }
        });
        var storage = new Option<string?>("--storage") { Description = "What the started server stores in: sqlite, or azure-tables in the account that --connection names, under a name of this run's own.", HelpName = "sqlite|azure-tables" };
        var connection = new Option<string?>("--connection") { Description = "The account of azure-tables; UseDevelopmentStorage=true is a local Azurite.", HelpName = "TEXT" };
        var overOptimise = new Option<bool>("--overoptimise")
        {
            Description = "Instead of rounds: how far can a policy be trained on one round's thumbs, by a single reward model and by an ensemble? --set changes the learner, such as Learner:Ppo:Iterations=20.",
        };
        var reward = new Option<FileInfo?>("--reward") { Description = "A JSON file of the reward's components: HumanWeight, Rules, Scorer, Judge and Diversity as they stand under Learner in the configuration. Shows what becomes of each.", HelpName = "FILE" };
        var judged = CommonOptions.Number("--judge", "The share of the feedback that a scripted AI judge gives in the raters' place.", Defaults.Judged, 0, 1);
        var agreement = CommonOptions.Number("--judge-agreement", "On which share of the base model's replies that judge agrees with the raters' taste; it sees the part of the taste that comes nearest to that.", Defaults.JudgeAgreement, 0.5, 1);
        var json = CommonOptions.Json();
        var command = new Command("simulate", "Let raters of a hidden taste chat and give feedback, and watch the model learn it.")
        {
            rounds, feedback, kind, noise, seed, taste, url, raters, heldOut, bestOf, data, model, storage, connection, set, reward, judged, agreement, overOptimise, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(overOptimise) && result.GetValue(kind) != FeedbackKind.Thumbs)
            {
                result.AddError("--overoptimise follows a reward model of thumbs: leave --feedback-kind out.");
            }

            if ((result.GetValue(reward) is not null || result.GetValue(judged) > 0) && (result.GetValue(url) is not null || result.GetValue(overOptimise)))
            {
                result.AddError("--reward and --judge configure the server that is started for the rounds: leave --url and --overoptimise out.");
            }

            if (result.GetValue(overOptimise) && result.GetValue(url) is not null)
            {
                result.AddError("--overoptimise trains here, on the model of a server that it starts: leave --url out and name the model with --model.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(json);
            FiguresFile.Check(file);
            var wanted = TasteFile.Load(parsed.GetValue(taste));
            var options = new SimulationOptions
            {
                Rounds = parsed.GetValue(rounds),
                Feedback = parsed.GetValue(feedback),
                Kind = parsed.GetValue(kind),
                Noise = parsed.GetValue(noise),
                Seed = parsed.GetValue(seed),
                Raters = parsed.GetValue(raters),
                HeldOut = parsed.GetValue(heldOut),
                BestOf = parsed.GetValue(bestOf),
                Judged = parsed.GetValue(judged),
                JudgeAgreement = parsed.GetValue(agreement),
            };
            await using var judge = options.JudgedReplies > 0 ? await ScriptedJudge.StartAsync(cancellationToken) : null;
            string[] settings = [.. RewardSettings.Of(parsed.GetValue(reward)), .. judge?.Settings(options.JudgedReplies) ?? [], .. StorageSettings.Of(parsed.GetValue(storage), parsed.GetValue(connection)), .. options.BestOf > 1 ? (string[])[$"Chat:MaxChoices={options.BestOf}"] : [], .. options.Kind is FeedbackKind.Labels or FeedbackKind.All ? SimulatedFeedback.LabelSettings(wanted) : []];
            var place = new SimulationServer(
                parsed.GetValue(url), parsed.GetValue(data)?.FullName, parsed.GetValue(model)?.FullName, [.. settings, .. parsed.GetValue(set) ?? []]);
            if (parsed.GetValue(overOptimise))
            {
                await new OverOptimiseRun(place, wanted, options, screen).RunAsync(file, cancellationToken);
                return 0;
            }

            var result = await place.UseAsync(screen, (server, stop) => new SimulationRun(server, wanted, options, screen, judge).RunAsync(stop), cancellationToken);
            SimulationReport.Show(result, screen);
            FiguresFile.Write(file, SimulationReport.Figures(result));
            return 0;
        });
        return command;
    }
}
