using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Rlhf.Cli.Output;
using Rlhf.Inference;
using Rlhf.Learning;
using Rlhf.Learning.Data;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Cli.Simulation;

/// <summary>
/// <c>simulate --overoptimise</c>: thumbs from a real server, then a policy that follows them much further than the learner ever
/// would, once by a single reward model and once by an ensemble, with nothing that holds it to the base model.
/// </summary>
internal sealed class OverOptimiseRun(SimulationServer place, Taste taste, SimulationOptions options, Screen screen)
{
    private const int Measurements = 20;

    // No KL penalty and large steps: what stops the policy must be the reward model.
    private static readonly string[] Far =
    [
        "Learner:Ppo:KlCoefficient=0", "Learner:Ppo:KlTarget=", "Learner:Ppo:LearningRate=0.002", "Learner:Ppo:Rollouts=128", "Learner:Ppo:Iterations=30",
        "Learner:Ppo:ApproxKlTarget=0.1", "Learner:Reward:Uncertainty=3",
    ];

    public async Task RunAsync(FileInfo? json, CancellationToken cancellationToken)
    {
        var learner = Learner();
        var chats = await place.UseAsync(screen, (server, stop) => new SimulationRun(server, taste, options, screen).RateBaseAsync(stop), cancellationToken);
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"{chats.Count(chat => chat.Up)} of {chats.Count} thumbs up"));
        var model = BaseModel.Load(place.Model ?? SharedOptions.DemoModel());

        List<OptimisationCurve> curves = [];
        foreach (var (name, trained) in (IReadOnlyList<(string, LearnerOptions)>)
            [("single", learner with { Reward = learner.Reward with { Heads = 1 } }), ("ensemble", learner)])
        {
            curves.Add(new OptimisationCurve(name, await FollowAsync(name, model, trained, chats, cancellationToken)));
        }

        OverOptimiseReport.Show(curves, screen);
        FiguresFile.Write(json, OverOptimiseReport.Figures(taste.Name, curves));
    }

    private LearnerOptions Learner()
    {
        var settings = Far.Concat(place.Settings).Select(setting => setting.Split('=', 2)).GroupBy(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var learner = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Last()))
            .Build().GetSection("Learner").Get<LearnerOptions>()!;
        try
        {
            learner.Validate();
            return learner.Components.AddsToHuman
                ? throw CommandException.Misuse("--overoptimise follows one reward model: leave HumanWeight, Rules, Scorer, Judge:Weight and Diversity out of --set.")
                : learner;
        }
        catch (ValidationException e)
        {
            throw CommandException.Misuse(e.Message);
        }
    }

    private Task<IReadOnlyList<OptimisationPoint>> FollowAsync(string name, BaseModel model, LearnerOptions learner, IReadOnlyList<RatedChat> chats, CancellationToken cancellationToken)
    {
        var iterations = learner.PolicyTraining.Iterations;
        ThumbedReply[] thumbs = [.. chats.Select(chat => new ThumbedReply([("user", chat.Opening)], chat.Reply, chat.Up, Weight: 1, Group: chat.Opening) { Rater = chat.Rater })];
        return screen.WatchAsync($"{name}: {iterations} iterations", show => Task.Factory.StartNew(
            () => new OverOptimisation(model, learner).Follow(
                thumbs,
                Contexts(chats.Select(chat => chat.Opening).Distinct()),
                Contexts(Openings.Draw(Openings.HeldOut, options.HeldOut, options.Seed, "held-out")),
                taste.Gold,
                Math.Max(1, iterations / Measurements),
                options.Seed,
                new Reporter(point => show(
                    (double)point.Iteration / iterations,
                    string.Create(CultureInfo.InvariantCulture, $"√KL {point.Distance:0.00}, proxy {point.Proxy:0.00}, gold {point.Gold:0.00}"))),
                cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning, // Torch keeps its modes and its thread count per thread.
            TaskScheduler.Default));
    }

    private static IReadOnlyList<IReadOnlyList<DialogueMessage>> Contexts(IEnumerable<string> openings) =>
        [.. openings.Select(IReadOnlyList<DialogueMessage> (opening) => [("user", opening)])];

    private sealed class Reporter(Action<OptimisationPoint> report) : IProgress<OptimisationPoint>
    {
        public void Report(OptimisationPoint value) => report(value);
    }
}
