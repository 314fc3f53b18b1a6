using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Tests;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learner.Scoring;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests;
using Rlhf.Learning.Torch;
using Rlhf.Storage;

namespace Rlhf.Learner.Tests.Scoring;

public sealed class BestOfNTests
{
    private static readonly SavedReward Judge = TestRewards.Random(TestSilo.Trunk, seed: 1);

    [Theory]
    [InlineData(ConservativeScore.LowerConfidenceBound, 0.5)]
    [InlineData(ConservativeScore.UncertaintyWeighted, 3)]
    [InlineData(ConservativeScore.WorstCase, 0.5)]
    public async Task The_reply_is_the_one_that_the_versions_reward_model_scores_highest_of_those_the_same_seeds_give(ConservativeScore kind, double lambda)
    {
        await using var silo = await LearnerSilo.StartAsync(serving: new ServingOptions { Threads = 1, Conservative = kind, Uncertainty = lambda });
        await PublishAsync(silo, "v1", Judge);

        var places = new HashSet<int>();
        for (var seed = 0; seed < 6; seed++)
        {
            var request = Ask(seed, bestOf: 5);
            var candidates = new List<DecodedPiece>();
            for (var i = 0; i < 5; i++)
            {
                candidates.Add(await AloneAsync(silo, request, unchecked((long)BestOfN.Seed(request, i)!.Value)));
            }

            var chosen = await DrawAsync(silo, request);
            var scores = Score(request, [.. candidates.Select(candidate => candidate.Text)], kind, lambda);
            var best = candidates[scores.IndexOf(scores.Max())];
            places.Add(candidates.IndexOf(best));
            Assert.Equal(best.Text, chosen.Text);
            Assert.Equal<SampledToken>(best.Tokens, chosen.Tokens);
            Assert.Equal(best.FinishReason, chosen.FinishReason);
            Assert.Equal(new Candidates(5, candidates.Sum(candidate => candidate.Tokens.Length)), chosen.ChosenFrom);
            Assert.Equal(chosen.Text, (await DrawAsync(silo, request)).Text);
        }

        Assert.True(places.Count > 1, "One and the same place is no choice.");
        Assert.Equal(6 * 2 * 5, silo.Get<BestOfN>().Drawn);
    }

    [Fact]
    public async Task What_is_learned_from_later_has_no_log_probs_of_a_chosen_reply_and_those_of_one_that_was_drawn()
    {
        await using var silo = await LearnerSilo.StartAsync();
        await PublishAsync(silo, "v1", Judge);
        foreach (var bestOf in (int?[])[4, 1, null])
        {
            var conversation = silo.Grain<IConversationGrain>($"best of {bestOf}");
            var chunks = new List<ChatChunk>();
            await foreach (var chunk in conversation.ChatAsync(Chat(bestOf)).WithBatchSize(1))
            {
                chunks.Add(chunk);
            }

            await conversation.RateAsync(new ThumbRequest(Guid.NewGuid().ToString("N"), 1, "ann", true, null, []));
            var turn = Assert.Single((await conversation.GetAsync())!.Turns);
            var thumb = Assert.Single(await silo.Get<IFeedbackLedger>().ReadConversationAsync($"best of {bestOf}")).Event;
            Assert.Equal(bestOf is 4 ? 4 : null, chunks[^1].ChosenFrom?.Replies);
            Assert.Equal(bestOf is 4 ? 1 : chunks.Count, chunks.Count);
            Assert.Equal(chunks.SelectMany(chunk => chunk.Tokens).Select(token => token.Id), turn.Tokens);
            Assert.All(chunks.SelectMany(chunk => chunk.Tokens), token => Assert.InRange(token.LogProb, -100, 0));
            Assert.Equal(bestOf is 4 ? 0 : turn.Tokens.Length, turn.LogProbs.Length);
            Assert.Equal((turn.Tokens.Length, turn.LogProbs.Length), (thumb.Tokens.Length, thumb.LogProbs.Length));
        }
    }

    [Fact]
    public async Task Where_the_configuration_asks_for_it_every_reply_is_chosen_that_can_be()
    {
        await using var silo = await LearnerSilo.StartAsync(serving: new ServingOptions { Threads = 1, BestOf = 3 });
        await PublishAsync(silo, "v1", Judge);
        await silo.MakeAsync("v2", seed: 2);
        await silo.Catalog.PublishAsync("v2");
        Assert.Equal(["base", "v1", "v2"], silo.Get<RewardModels>().Names.Order()); // looked up before anybody asks

        Assert.Equal(3, (await DrawAsync(silo, Ask(1, bestOf: null))).ChosenFrom?.Replies);
        Assert.Equal(2, (await DrawAsync(silo, Ask(1, bestOf: 2))).ChosenFrom?.Replies);
        Assert.Null((await DrawAsync(silo, Ask(1, bestOf: 1))).ChosenFrom);
        Assert.Null((await DrawAsync(silo, Ask(1, bestOf: null) with { Version = "base" })).ChosenFrom);
        Assert.Null((await DrawAsync(silo, Ask(1, bestOf: null) with { Version = "v2" })).ChosenFrom);
        var greedy = Ask(1, bestOf: null);
        Assert.Null((await DrawAsync(silo, greedy with { Sampling = greedy.Sampling with { Temperature = 0 } })).ChosenFrom);
    }

    [Fact]
    public async Task The_prompt_is_read_once_for_all()
    {
        await using var silo = await LearnerSilo.StartAsync();
        await PublishAsync(silo, "v1", Judge);
        var reply = await DrawAsync(silo, Ask(1, bestOf: 4) with { Messages = [new ChatMessage("user", "I would like a large latte with oat milk, please, and a small cappuccino for my friend.")] });

        Assert.Equal((4, 4 * reply.PromptTokens), (silo.Engine.Cache.Prompts, silo.Engine.Cache.PromptTokens));
        Assert.InRange(silo.Engine.Cache.ReusedTokens, 3 * (reply.PromptTokens - 1), long.MaxValue);
    }

    [Theory]
    [InlineData("base", 1.0, "'base' has no reward model")]
    [InlineData("v2", 1.0, "'v2' has no reward model")]
    [InlineData("v1", 0.0, "'temperature' 0")]
    public async Task Where_there_can_be_no_choice_a_request_for_one_is_refused_with_the_reason(string version, double temperature, string reason)
    {
        await using var silo = await LearnerSilo.StartAsync();
        await PublishAsync(silo, "v1", Judge);
        await silo.MakeAsync("v2", seed: 2);
        await silo.Catalog.PublishAsync("v2");
        var request = Ask(1, bestOf: 4);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => DrawAsync(silo, request with { Version = version, Sampling = request.Sampling with { Temperature = temperature } }));
        Assert.Equal((Refusal.Invalid, "best_of"), (refused.Refusal, refused.Param));
        Assert.Contains(reason, refused.Message);
        Assert.Contains("leave best_of out", refused.Message);
    }

    [Fact]
    public async Task The_reward_model_of_a_version_that_is_served_no_more_is_let_go()
    {
        await using var silo = await LearnerSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.KeepRetired = 0));
        await PublishAsync(silo, "v1", Judge);
        Assert.Empty(silo.Get<RewardModels>().Names);
        await DrawAsync(silo, Ask(1, bestOf: 2));
        Assert.Equal(["v1"], silo.Get<RewardModels>().Names);

        await PublishAsync(silo, "v2", Judge);
        Assert.Empty(silo.Get<RewardModels>().Names);
        Assert.Equal(2, (await DrawAsync(silo, Ask(1, bestOf: 2) with { Version = "v2" })).ChosenFrom?.Replies);
        Assert.Equal(["v2"], silo.Get<RewardModels>().Names);
    }

    [Fact]
    public async Task A_reward_model_that_is_damaged_is_an_error_of_who_asks_for_a_choice_alone()
    {
        await using var silo = await LearnerSilo.StartAsync();
        await PublishAsync(silo, "v1", Judge);
        var adapters = silo.Get<IAdapterStore>();
        await adapters.SaveRewardAsync("v1", new byte[] { 1, 2, 3 }, (await adapters.ClaimAsync("v1")).Token);

        await Assert.ThrowsAnyAsync<Exception>(() => DrawAsync(silo, Ask(1, bestOf: 2)));
        Assert.Null((await DrawAsync(silo, Ask(1, bestOf: null))).ChosenFrom);
        await adapters.SaveRewardAsync("v1", Judge.ToBytes(), (await adapters.ClaimAsync("v1")).Token);
        Assert.Equal(2, (await DrawAsync(silo, Ask(1, bestOf: 2))).ChosenFrom?.Replies);
    }

    private static async Task PublishAsync(TestSilo silo, string version, SavedReward reward)
    {
        await silo.MakeAsync(version, seed: 1, reward.ToBytes());
        await silo.Catalog.PublishAsync(version);
    }

    private static ChatRequest Chat(int? bestOf)
    {
        var request = TestSilo.Ask("A latte.", version: "v1", maxTokens: 16);
        return request with { Sampling = request.Sampling with { Temperature = 1 }, BestOf = bestOf };
    }

    private static DecodeRequest Ask(long seed, int? bestOf)
    {
        var chat = Chat(bestOf);
        return new DecodeRequest("v1", chat.Messages, chat.Sampling with { Seed = seed }, "a test", chat.BestOf);
    }

    private static Task<DecodedPiece> AloneAsync(TestSilo silo, DecodeRequest request, long seed) =>
        DrawAsync(silo, request with { BestOf = 1, Sampling = request.Sampling with { Seed = seed } });

    /// <summary>The whole reply as one piece.</summary>
    private static async Task<DecodedPiece> DrawAsync(TestSilo silo, DecodeRequest request)
    {
        DecodedPiece? whole = null;
        await foreach (var piece in silo.Get<Replica>().DrawAsync(request))
        {
            whole = whole is null ? piece : piece with { Text = whole.Text + piece.Text, Tokens = [.. whole.Tokens, .. piece.Tokens] };
        }

        return whole!;
    }

    /// <summary>What the choice goes by, computed apart.</summary>
    private static List<double> Score(DecodeRequest request, string[] replies, ConservativeScore kind, double lambda)
    {
        TorchRuntime.Start();
        using var trunk = CausalLm.From(TestSilo.Trunk);
        using var reward = Judge.On(TestSilo.Trunk, trunk);
        var encoder = new RewardEncoder(TestSilo.Trunk, Judge.Options);
        DialogueMessage[] context = [.. request.Messages.Select(message => (message.Role, message.Content))];
        return [.. reward.HeadScores([.. replies.Select(reply => encoder.Encode(context, reply))], CancellationToken.None).Select(heads =>
        {
            var mean = heads.Average();
            return kind == ConservativeScore.WorstCase ? heads.Min() : mean - (lambda * Math.Sqrt(heads.Average(score => (score - mean) * (score - mean))));
        })];
    }
}
