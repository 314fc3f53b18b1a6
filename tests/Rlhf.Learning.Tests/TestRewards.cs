using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests;

/// <summary>Reward models that were never trained.</summary>
internal static class TestRewards
{
    private static readonly RewardOptions Options = new() { NGramBuckets = 64, LoraRank = 2, Uncertainty = 0.3 };

    /// <summary>Random weights throughout, so that the heads disagree, and the more so about replies with many words.</summary>
    public static SavedReward Random(BaseModel model, int seed)
    {
        var random = new Random(seed);
        var states = 3 * model.Config.HiddenSize;
        var dense = states + RewardEncoder.LengthKnots.Count;
        return new SavedReward(
            Options,
            TopLayer(model, random),
            new RewardHeads(
                Noise(states, 0.1f).Concat(new float[RewardEncoder.LengthKnots.Count]).ToArray(),
                [.. Enumerable.Repeat(0.5f, dense)],
                [.. Enumerable.Range(0, Options.Heads).Select(_ => new LinearModel(Noise(dense, 0.3f), Noise(2 * Options.NGramBuckets, 1), Noise(2, 0.1f), random.NextSingle()))],
                [new ReplyViews([1, 5, 9], [70], [], [80, 81]), new ReplyViews([2], [], [71], [80])],
                [.. Enumerable.Range(0, Options.Heads).Select(_ => random.NextDouble())],
                [.. Enumerable.Range(0, Options.Heads).Select(_ => 0.5 + random.NextDouble())]));

        float[] Noise(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => size * ((2 * random.NextSingle()) - 1))];
    }

    private static LoraAdapter TopLayer(BaseModel model, Random random)
    {
        using var fresh = new LoraParameters(model.Config, new LoraOptions { Rank = Options.LoraRank, Alpha = 3 }, seed: 1);
        var adapter = fresh.ToAdapter();
        return new LoraAdapter(adapter.Rank, adapter.Alpha, adapter.Modules
            .Where(module => module.Key.StartsWith($"model.layers.{model.Config.Layers - 1}.", StringComparison.Ordinal))
            .ToDictionary(module => module.Key, module => module.Value with
            {
                B = new WeightTensor([.. module.Value.B.Values.Select(_ => random.NextSingle() - 0.5f)], module.Value.B.Shape),
            }));
    }
}
