using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class SavedRewardTests : IDisposable
{
    private readonly BaseModel _model = ToyChat.Model();
    private readonly CausalLm _trunk;
    private readonly SavedReward _saved;

    public SavedRewardTests()
    {
        _trunk = CausalLm.From(_model, threads: 2);
        _saved = TestRewards.Random(_model, seed: 3);
    }

    [Fact]
    public void What_is_read_from_its_bytes_scores_as_before_and_says_what_it_was_trained_with()
    {
        var read = SavedReward.FromBytes(_saved.ToBytes(), "a file");
        using var before = _saved.On(_model, _trunk);
        using var after = read.On(_model, _trunk);

        Assert.Equal(_saved.Options, read.Options);
        Assert.Equal(before.HeadScores(Replies(before), CancellationToken.None), after.HeadScores(Replies(after), CancellationToken.None));
        Assert.Equal(before.Score(Replies(before), CancellationToken.None), after.Score(Replies(after), CancellationToken.None));
        Assert.Equal(_saved.ToBytes(), after.Save().ToBytes());
    }

    [Fact]
    public void The_lora_is_part_of_it()
    {
        using var reward = _saved.On(_model, _trunk);
        var without = _saved with { Lora = new LoraAdapter(_saved.Lora.Rank, 0, _saved.Lora.Modules) };
        using var other = SavedReward.FromBytes(without.ToBytes(), "a file").On(_model, _trunk);

        Assert.NotEqual(reward.Score(Replies(reward), CancellationToken.None), other.Score(Replies(other), CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void The_best_of_several_has_the_highest_mean_less_a_share_of_the_spread(double lambda)
    {
        using var reward = _saved.On(_model, _trunk);
        var replies = Replies(reward);
        var expected = reward.HeadScores(replies, CancellationToken.None).Select(heads =>
        {
            var mean = heads.Average();
            return mean - (lambda * Math.Sqrt(heads.Average(score => (score - mean) * (score - mean))));
        }).ToList();

        Assert.Equal(expected.IndexOf(expected.Max()), reward.Best(replies, lambda, ConservativeReward.LowerConfidenceBound, CancellationToken.None));
    }

    [Fact]
    public void By_the_worst_case_it_has_the_highest_least_score()
    {
        using var reward = _saved.On(_model, _trunk);
        var replies = Replies(reward);
        var expected = reward.HeadScores(replies, CancellationToken.None).Select(heads => heads.Order().First()).ToList();

        Assert.Equal(expected.IndexOf(expected.Max()), reward.Best(replies, lambda: 7, ConservativeReward.WorstCase, CancellationToken.None));
    }

    [Fact]
    public void Trained_by_the_worst_case_the_reward_is_the_least_of_the_heads()
    {
        using var reward = (_saved with { Options = _saved.Options with { Conservative = ConservativeReward.WorstCase } }).On(_model, _trunk);
        var replies = Replies(reward);

        Assert.Equal(reward.HeadScores(replies, CancellationToken.None).Select(heads => heads.Min()), reward.Score(replies, CancellationToken.None));
        Assert.Equal(ConservativeReward.WorstCase, SavedReward.FromBytes(reward.Save().ToBytes(), "a file").Options.Conservative);
    }

    [Fact]
    public void What_is_no_reward_model_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => SavedReward.FromBytes(_saved.Lora.ToBytes(), "version 'v1'"));
        Assert.Contains("version 'v1'", error.Message);
        Assert.Contains("no reward model", error.Message);
    }

    [Fact]
    public void A_tensor_that_is_missing_is_named()
    {
        var content = SafeTensors.Read(_saved.ToBytes(), "a file");
        var bytes = SafeTensors.ToBytes(content.Tensors.Where(named => named.Key != "reward.head.1.bias").ToDictionary(), WeightType.Float32, content.Metadata);

        Assert.Contains("'reward.head.1.bias' is missing", Assert.Throws<InvalidDataException>(() => SavedReward.FromBytes(bytes, "a file")).Message);
    }

    [Fact]
    public void One_of_another_model_is_refused()
    {
        var larger = new BaseModel(_model.Config with { HiddenSize = 48 }, _model.Tokenizer, ModelWeights.Random(_model.Config with { HiddenSize = 48 }, seed: 1));

        Assert.Throws<InvalidDataException>(() => TestRewards.Random(larger, seed: 1).On(_model, _trunk));
    }

    public void Dispose() => _trunk.Dispose();

    private static RewardInput[] Replies(RewardEnsemble reward) =>
    [
        .. ((string[])["one latte coming up", "sorry, no tea today", "what size of mocha?", "", "the cocoa is ready, anything else? a small one, a large one, or both of them?", "sure"])
            .Select(reply => reward.Encoder.Encode([("user", "can I have a latte")], reply)),
    ];
}
