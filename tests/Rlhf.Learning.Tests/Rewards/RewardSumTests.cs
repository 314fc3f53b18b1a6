using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Rewards;
using Rlhf.Learning.Tests.Algorithms;
using Rlhf.Learning.Tests.Pipeline;
using Rlhf.Testing;

namespace Rlhf.Learning.Tests.Rewards;

public sealed class RewardSumTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-reward-").FullName;

    public static TheoryData<PolicyAlgorithm> OnPolicy => [PolicyAlgorithm.Ppo, PolicyAlgorithm.Rloo, PolicyAlgorithm.Grpo];

    [Fact]
    public void The_reward_is_the_weighted_sum_and_each_component_has_its_mean_and_weight()
    {
        using var toy = new ToyPolicy();
        using var human = toy.ManyWords();
        var components = RewardComponents.HumanOnly with { HumanWeight = 0.5, Rules = new RulesOptions { File = Rules(), Weight = 2 }, Diversity = new DiversityOptions { Weight = 3 } };
        using var sum = RewardSum.Of(human, components, RewardFiles.Read(components));
        RewardedReply[] replies = [Reply("one two", 0), Reply("one two", 0), Reply("three", 1)];

        var (rewards, figures) = sum.Score(replies, counted: 2, CancellationToken.None);

        var people = human.Score([.. replies.Select(reply => human.Encoder.Encode(reply.Context, reply.Text))], CancellationToken.None);
        double[] diverse = [0, 0, 1], rules = [0, 0, 0.25];
        Assert.Equal(people.Select((score, i) => (0.5 * score) + (2 * rules[i]) + (3 * diverse[i])), rewards, (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal((0.5, 2, 3), (figures["reward/human_weight"], figures["reward/rules_weight"], figures["reward/diversity_weight"]));
        Assert.Equal((people.Take(2).Average(), 0, 0), (figures["reward/human"], figures["reward/rules"], figures["reward/diversity"]));
        Assert.Equal(0.25 / 3, figures["reward/rules/short"], 12); // over all replies
    }

    [Theory]
    [MemberData(nameof(OnPolicy))]
    public void Rules_that_pay_long_replies_make_them_longer(PolicyAlgorithm algorithm)
    {
        using var toy = new ToyPolicy();
        using var indifferent = toy.Indifferent();
        var path = Path.Combine(_folder, "long.jsonl");
        File.WriteAllLines(path, Enumerable.Range(2, 5).Select(words => $$$"""{"name":"at-least-{{{words}}}","reward":1,"words":{"min":{{{words}}}}}"""));
        var components = RewardComponents.HumanOnly with { HumanWeight = 0, Rules = new RulesOptions { File = path } };
        using var rewards = RewardSum.Of(indifferent, components, RewardFiles.Read(components));
        using var trainer = PolicyTrainers.Create(Eager(algorithm), toy.Task(indifferent) with { Rewards = rewards });
        var before = MeanWords(toy, trainer.Policy);

        IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();
        while (trainer.Iteration < Eager(algorithm).PolicyTraining.Iterations)
            figures = trainer.Iterate(CancellationToken.None);

        var after = MeanWords(toy, trainer.Policy);
        Assert.True(after > before + 0.1, $"{before} {after}");
        Assert.Equal((0, 1), (figures["reward/human_weight"], figures["reward/rules_weight"]));
        Assert.Equal(figures["reward/rules"], Enumerable.Range(2, 5).Sum(words => figures[$"reward/rules/at-least-{words}"]), 9);
    }

    [Fact]
    public async Task A_training_whose_scorer_fails_stops_with_its_name_and_goes_on_to_the_same_numbers()
    {
        var asked = 0;
        await using var service = await ScriptedService.StartAsync((http, body) =>
            Interlocked.Increment(ref asked) == 5 ? ScriptedService.Fails(503)(http, body) : ScriptedService.Says(JsonSerializer.Serialize(new { rewards = body["query"]!.AsArray().Select(query => ((string)query!).Length % 3) }))(http, body));
        var options = ToyChat.Options with { Scorer = new ScorerOptions { Url = service.Url, Retries = 0 } };
        var undisturbed = new TrainingRun(ToyChat.Model(), options).Execute(ToyChat.Request(Path.Combine(_folder, "whole")), new Progress<TrainingProgress>(), CancellationToken.None);
        Assert.Equal(3, asked);

        var request = ToyChat.Request(Path.Combine(_folder, "stopped"));
        var error = Assert.Throws<RewardComponentException>(() => new TrainingRun(ToyChat.Model(), options).Execute(request, new Progress<TrainingProgress>(), CancellationToken.None));
        Assert.Equal("scorer", error.Component);
        var resumed = new TrainingRun(ToyChat.Model(), options).Execute(request, new Progress<TrainingProgress>(), CancellationToken.None);

        Assert.Equal(3 + 4, asked); // one iteration before the fault, the fault, and the two that were left
        Assert.Equal(undisturbed.Policy.ToBytes(), resumed.Policy.ToBytes());
        Assert.Equal(undisturbed.Metrics.OrderBy(figure => figure.Key), resumed.Metrics.OrderBy(figure => figure.Key));
    }

    [Fact]
    public void Labels_of_a_judge_train_the_reward_model_but_are_nobodys_feedback()
    {
        var request = ToyChat.Request(Path.Combine(_folder, "labels"));
        var labelled = request with { Labels = request.Feedback, Feedback = [] };

        var result = new TrainingRun(ToyChat.Model(), ToyChat.Options with { Ppo = ToyChat.Options.Ppo with { RatedReplies = 4 } }).Execute(labelled, new Progress<TrainingProgress>(), CancellationToken.None);

        Assert.True(result.Metrics["reward/examples"] > 0);
        Assert.Equal(0, result.Metrics["gate/examples"]);
        Assert.Equal(0, result.Metrics["val/rated_replies"]);
    }

    [Fact]
    public void What_can_not_be_is_refused_by_its_name()
    {
        Refused("leave HumanWeight, Rules", Options(PolicyAlgorithm.Dpo) with { Diversity = new DiversityOptions { Weight = 1 } });
        Refused("Pairwise compares several", Options(PolicyAlgorithm.Ppo) with { Judge = Judge with { Mode = JudgeMode.Pairwise } });
        Refused("Pairwise compares several", Options(PolicyAlgorithm.Grpo) with { Judge = Judge with { Mode = JudgeMode.Pairwise }, Grpo = ToyChat.Options.Grpo with { RatedReplies = 3 } });
        Refused("Judge:Model is missing", ToyChat.Options with { Judge = Judge with { Model = null } });
        Refused("Judge:Url is missing", ToyChat.Options with { Judge = Judge with { Url = null } });
        Refused("Scorer:Url must be", ToyChat.Options with { Scorer = new ScorerOptions { Url = new Uri("ftp://example.com") } });
        Refused("Scorer:Url must be", ToyChat.Options with { Scorer = new ScorerOptions { Url = new Uri("/get_reward", UriKind.Relative) } });
        Refused("Timeout must be", ToyChat.Options with { Scorer = new ScorerOptions { Timeout = TimeSpan.Zero } });
        Assert.DoesNotContain("secret", Refused("Judge:Url must be", ToyChat.Options with { Judge = Judge with { Url = new Uri("http://me:secret@example.com") } }));
        (Options(PolicyAlgorithm.Grpo) with { Judge = Judge with { Mode = JudgeMode.Pairwise } }).Validate();
    }

    [Fact]
    public void A_key_is_not_written_down_with_the_version() =>
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(ToyChat.Options with { Judge = Judge with { Key = "secret" }, Scorer = new ScorerOptions { Key = "secret" } }));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JudgeOptions Judge { get; } = new() { Url = new Uri("http://localhost:1/v1"), Model = "a-judge", Weight = 1 };

    private static LearnerOptions Options(PolicyAlgorithm algorithm) => ToyChat.Options with { Algorithm = algorithm };

    private static LearnerOptions Eager(PolicyAlgorithm algorithm) => ToyChat.Options with
    {
        Algorithm = algorithm,
        Ppo = ToyChat.Options.Ppo with { Iterations = 10, Rollouts = 64, Epochs = 4, LearningRate = 1e-2, ApproxKlTarget = 1, MissingEndPenalty = 0, Temperature = ToyPolicy.Temperature, KlCoefficient = 0.001, KlTarget = null },
        Rloo = ToyChat.Options.Rloo with { Iterations = 10, Rollouts = 64, Epochs = 4, LearningRate = 1e-2, ApproxKlTarget = 1, MissingEndPenalty = 0, Temperature = ToyPolicy.Temperature, KlCoefficient = 0.001 },
        Grpo = ToyChat.Options.Grpo with { Iterations = 10, Rollouts = 64, Epochs = 4, LearningRate = 1e-2, ApproxKlTarget = 1, MissingEndPenalty = 0, Temperature = ToyPolicy.Temperature, KlCoefficient = 0.001 },
    };

    private static double MeanWords(ToyPolicy toy, Rlhf.Inference.LoraAdapter policy) =>
        toy.Replies(policy, 512).Average(reply => (double)reply.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);

    private static string Refused(string said, LearnerOptions options)
    {
        var error = Assert.Throws<ValidationException>(options.Validate);
        Assert.Contains(said, error.Message);
        return error.Message;
    }

    private static RewardedReply Reply(string text, int prompt) => new([("user", "can I have a tea")], text, Ended: true, prompt);

    private string Rules()
    {
        var path = Path.Combine(_folder, "rules.jsonl");
        File.WriteAllText(path, """{"name":"short","reward":0.25,"words":{"max":1}}""");
        return path;
    }
}
