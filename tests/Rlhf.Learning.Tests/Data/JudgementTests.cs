using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.Data;

public sealed class JudgementTests : IDisposable
{
    private static readonly IReadOnlyList<DialogueMessage> Context = [("user", "can I have a tea")];

    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-judgements-").FullName;

    [Fact]
    public void A_ranking_is_one_example_and_a_tie_counts_half_each_way()
    {
        var encoder = new RewardEncoder(ToyChat.Model(), ToyChat.Options.Reward);
        string[][] Orders(params (string Text, int Rank)[] replies) =>
            [.. RewardExample.Of(new RankedReplies(Context, [.. replies.Select(reply => new RankedReply(reply.Text, reply.Rank))], 1, "g"), encoder).Cast<RankingExample>()
                .Select(example => example.Replies.Select(input => replies.Single(reply => encoder.Encode(Context, reply.Text).Tokens.SequenceEqual(input.Tokens)).Text).Append($"{example.Weight}").ToArray())];

        Assert.Equal([["tea", "latte", "mocha", "1"]], Orders(("mocha", 3), ("tea", 1), ("latte", 2)));
        Assert.Equal([["tea", "latte", "mocha", "0.5"], ["tea", "mocha", "latte", "0.5"]], Orders(("tea", 1), ("latte", 2), ("mocha", 2)));
        Assert.Equal([["tea", "latte", "0.5"], ["latte", "tea", "0.5"]], Orders(("tea", 1), ("latte", 1)));
    }

    [Fact]
    public void One_kind_alone_suffices_and_what_says_nothing_does_not()
    {
        ThumbedReply Thumb(bool up, double weight = 1) => new(Context, "tea", up, weight, "g");
        StarredReply Stars(int stars) => new(Context, "tea", stars, 1, "g");
        RankedReplies Pair(int other) => new(Context, [new("tea", 1), new("latte", other)], 1, "g");
        bool Suffice(params Judgement[] said) => JudgementCounts.Of(said).Suffice(least: 2);

        Assert.True(Suffice(Thumb(true), Thumb(true), Thumb(false), Thumb(false)));
        Assert.True(Suffice(Pair(2), Pair(2)));
        Assert.True(Suffice(Stars(1), Stars(1), Stars(1), Stars(5)));
        Assert.False(Suffice(Thumb(true), Thumb(true), Thumb(true), Thumb(false)));
        Assert.False(Suffice(Thumb(true), Thumb(true), Thumb(false), Thumb(false, weight: 0)));
        Assert.False(Suffice(Pair(2), Pair(1)));
        Assert.False(Suffice(Stars(5), Stars(5), Stars(5), Stars(5)));
        Assert.False(Suffice(new Demonstration(Context, "tea", 1, "g"), new Demonstration(Context, "tea", 1, "g")));
    }

    [Fact]
    public void Ratings_alone_and_rankings_alone_teach_what_is_liked()
    {
        var thumbs = ToyChat.Thumbs(160, noise: 0, seed: 1);
        Judgement[] stars = [.. thumbs.Select((thumb, i) => new StarredReply(thumb.Context, thumb.Reply, thumb.Up ? 4 : 2, 1, thumb.Group) { Rater = $"rater {i % 20}" })];
        Judgement[] pairs = [.. thumbs.GroupBy(thumb => thumb.Context[0].Content).SelectMany(asked => asked.Where(one => one.Up).Zip(asked.Where(one => !one.Up)))
            .Select((pair, i) => new RankedReplies(pair.First.Context, [new(pair.First.Reply, 1), new(pair.Second.Reply, 2)], 1, pair.First.Group) { Rater = $"rater {i % 20}" })];
        foreach (var (said, name) in ((Judgement[], string)[])[(stars, "stars"), (pairs, "pairs")])
        {
            var result = new TrainingRun(ToyChat.Model(), ToyChat.Options).Execute(ToyChat.Request(Path.Combine(_folder, name)) with { Feedback = said }, new Progress<TrainingProgress>(), CancellationToken.None);
            Assert.True(result.Metrics["reward/held_out_order"] > 0.9, $"{name}: {result.Metrics["reward/held_out_order"]}");
        }
    }

    [Fact]
    public void Replies_of_a_ranking_are_pairs_where_they_are_not_tied()
    {
        var ranking = new RankedReplies(Context, [new("tea", 1), new("latte", 2), new("mocha", 2)], 0.5, "g");
        var pairs = new RatedReplies(ToyChat.Model(), [ranking], ToyChat.Options.Dpo).Pairs;
        Assert.Equal([("tea", "latte", 0.5), ("tea", "mocha", 0.5)], pairs.Select(pair => (pair.Chosen.Text, pair.Rejected.Text, pair.Weight)));
    }

    [Fact]
    public void Demonstrations_make_the_policy_say_what_was_demonstrated()
    {
        var model = ToyChat.Model();
        using var trunk = CausalLm.From(model, threads: 2);
        using var fresh = new LoraParameters(model.Config, ToyChat.Options.Policy, seed: 1);
        var demonstrations = new RatedReplies(model, ToyChat.Corrections(24), ToyChat.Options.Ppo).Demonstrated;
        using var trainer = new Sft(trunk, fresh.ToAdapter(), demonstrations, new SftOptions { Epochs = 12, LearningRate = 0.01 }, seed: 1);
        double[] losses = [.. Enumerable.Range(0, 12).Select(_ => trainer.Iterate(CancellationToken.None)["sft/loss"])];
        Assert.Equal(24, demonstrations.Count); // longer than a rollout may be
        Assert.InRange(losses[0], 3, 8); // that of random weights: log 320 = 5.8 nats a token
        Assert.True(losses[^1] < 0.7 * losses[0], string.Join(' ', losses));
    }

    [Fact]
    public void Too_few_demonstrations_wait_and_those_on_held_out_prompts_reach_no_trainer()
    {
        var model = ToyChat.Model();
        var options = ToyChat.Options with { Sft = new SftOptions { LeastNew = 4 } };
        var split = PromptSplit.Of(model, ToyChat.Prompts, options.PolicyTraining, options.Gate.HeldOutPrompts);
        var request = ToyChat.Request(Path.Combine(_folder, "few"));
        Demonstration[] judging = [.. Enumerable.Repeat(split.HeldOut, 4).SelectMany(prompts => prompts).Select(prompt => new Demonstration(prompt.Context, "sure", 1, "judging"))];
        Assert.True(judging.Length >= 4);
        var result = new TrainingRun(model, options).Execute(request with { Feedback = [.. request.Feedback, .. judging] }, new Progress<TrainingProgress>(), CancellationToken.None);
        Assert.DoesNotContain("sft/loss", result.Metrics.Keys);
    }

    [Fact]
    public void Judgements_come_back_from_JSON_as_they_were()
    {
        var json = new JsonSerializerOptions();
        Judgement[] said =
        [
            new ThumbedReply(Context, "tea", true, 0.5, "g") { Rater = "ann", Tokens = [1, 2], LogProbs = [-1, -2] },
            new StarredReply(Context, "tea", 4, 1, "g"),
            new RankedReplies(Context, [new("tea", 1) { Tokens = [3] }, new("latte", 2)], 1, "g"),
            new Demonstration(Context, "tea", 1, "g"),
        ];
        var text = JsonSerializer.Serialize(said, json);
        Assert.Equal(text, JsonSerializer.Serialize(JsonSerializer.Deserialize<Judgement[]>(text, json), json));
        Assert.Contains("can I have a tea", text);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
