using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Model;

namespace Rlhf.Learning.RewardModel;

/// <summary>The reward model and how it is trained.</summary>
public sealed record RewardOptions
{
    /// <summary>Heads of the ensemble; they differ by the bootstrap sample they see and by the weights they are shrunk to. An even number,
    /// so that what they are shrunk to adds up to nothing.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 64)]
    public int Heads { get; init; } = 8;

    /// <summary>How the heads' scores become the reward that the policy is trained on.</summary>
    /// <value>The default value is <see cref="ConservativeReward.LowerConfidenceBound"/>.</value>
    [EnumDataType(typeof(ConservativeReward))]
    public ConservativeReward Conservative { get; init; }

    /// <summary>λ of <see cref="Conservative"/>: how much the heads' disagreement takes from the reward.</summary>
    /// <value>The default value is 0.25.</value>
    [Range(0.0, 100.0)]
    public double Uncertainty { get; init; } = 0.25;

    /// <summary>Tokens of the context's end that the model sees before the reply.</summary>
    /// <value>The default value is 256.</value>
    [Range(1, 65_536)]
    public int MaxContextTokens { get; init; } = 256;

    /// <summary>Tokens of the reply that the model sees.</summary>
    /// <value>The default value is 192.</value>
    [Range(1, 65_536)]
    public int MaxReplyTokens { get; init; } = 192;

    /// <summary>Buckets that words, word pairs and what they agree with are hashed into.</summary>
    /// <value>The default value is 65,536.</value>
    [Range(16, 1 << 24)]
    public int NGramBuckets { get; init; } = 1 << 16;

    /// <summary>Judged replies that others are compared with, at most; the kernel's memory grows with their square.</summary>
    /// <value>The default value is 4,096.</value>
    [Range(1, 16_384)]
    public int Landmarks { get; init; } = 4096;

    /// <summary>How strongly rankings pull the scores to mean 0.</summary>
    /// <value>The default value is 0.01.</value>
    [Range(0.0, 100.0)]
    public double Centring { get; init; } = 0.01;

    /// <summary>Top layers of the trunk that carry the reward model's LoRA.</summary>
    /// <value>The default value is 1.</value>
    [Range(1, 1024)]
    public int LoraLayers { get; init; } = 1;

    /// <summary>Rank of the reward model's LoRA.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 1024)]
    public int LoraRank { get; init; } = 8;

    /// <summary>Passes of fine-tuning, at most; it stops early when held-out groups stop gaining.</summary>
    /// <value>The default value is 1.</value>
    [Range(0, 1000)]
    public int LoraEpochs { get; init; } = 1;

    /// <summary>Learning rate of fine-tuning.</summary>
    /// <value>The default value is 0.0005.</value>
    [Range(1e-9, 1.0)]
    public double LoraLearningRate { get; init; } = 5e-4;

    /// <summary>Examples in a step of fine-tuning.</summary>
    /// <value>The default value is 32.</value>
    [Range(1, 65_536)]
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest norm of a step's gradient.</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-6, 1e6)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Share of the thumbs, by group, that decides when to stop.</summary>
    /// <value>The default value is 0.15.</value>
    [Range(0.0, 0.9)]
    public double HoldOut { get; init; } = 0.15;

    /// <summary>Share of a head's inputs dropped in training.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 0.95)]
    public double Dropout { get; init; } = 0.1;

    /// <summary>Replies of the reference policy on which scores get mean 0 and standard deviation 1.</summary>
    /// <value>The default value is 128.</value>
    [Range(8, 65_536)]
    public int ReferenceReplies { get; init; } = 128;

    /// <summary>Decoupled weight decay.</summary>
    /// <value>The default value is 0.01.</value>
    [Range(0.0, 100.0)]
    public double WeightDecay { get; init; } = 0.01;
}
