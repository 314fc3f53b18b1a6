using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>How replies are drawn. Section <c>Serving</c> of the configuration.</summary>
public sealed class ServingOptions
{
    /// <summary>Threads that the decode engine uses.</summary>
    /// <value>The default value is half of the cores, at least 1: the learner gets the rest.</value>
    [Range(1, 1024)]
    public int Threads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Replies that are drawn at the same time.</summary>
    /// <value>The default value is 16.</value>
    [Range(1, 4096)]
    public int MaxBatch { get; set; } = 16;

    /// <summary>Replies that may wait for their turn; one more is refused.</summary>
    /// <value>The default value is 256.</value>
    [Range(0, 1_000_000)]
    public int MaxQueue { get; set; } = 256;

    /// <summary>How the trunk's matrices are held: fewer bits draw faster and lose a little of the model's quality.</summary>
    /// <value>The default value is <see cref="WeightPrecision.Float32"/>.</value>
    [EnumDataType(typeof(WeightPrecision))]
    public WeightPrecision Weights { get; set; } = WeightPrecision.Float32;

    /// <summary>Replies that are drawn for a request that does not say: of several the best is given, by the reward model that its version was
    /// trained on. A version without one, such as the base, draws one; so do all while no process with the role
    /// learner is up to score them.</summary>
    /// <value>The default value is 1: what is drawn is given.</value>
    [Range(1, 128)]
    public int BestOf { get; set; } = 1;

    /// <summary>How the scores of the reward model's heads become one when the best of several replies is chosen.</summary>
    /// <value>The default value is <see cref="ConservativeScore.LowerConfidenceBound"/>.</value>
    [EnumDataType(typeof(ConservativeScore))]
    public ConservativeScore Conservative { get; set; }

    /// <summary>λ of <see cref="Conservative"/>: how much the heads' disagreement takes from a reply's score.</summary>
    /// <value>The default value is 0.5.</value>
    [Range(0.0, 100.0)]
    public double Uncertainty { get; set; } = 0.5;

    /// <summary>How long the process with the role learner that scores the replies may take.</summary>
    /// <value>The default value is 20 seconds; more than Orleans' response timeout of 30 seconds would be of no use.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan ScoringTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The most memory for keys and values, in bytes: of replies under way and, in what they leave, of conversations that may go on.</summary>
    /// <value>The default value is an eighth of the memory that the process may use, at most 1 GiB.</value>
    [Range(1L << 16, long.MaxValue)]
    public long CacheBytes { get; set; } = Math.Min(1L << 30, new DecodeOptions().CacheBytes);
}
