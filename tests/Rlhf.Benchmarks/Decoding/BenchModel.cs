using Rlhf.Inference;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>A model of random weights to measure with.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Config">Its shape.</param>
internal sealed record BenchModel(string Name, ModelConfig Config)
{
    /// <summary>The design's reference: 6.9 M parameters, which fit a processor's last cache.</summary>
    public static BenchModel Reference { get; } = new("reference", new ModelConfig
    {
        HiddenSize = 256,
        IntermediateSize = 1024,
        Layers = 6,
        Heads = 8,
        KeyValueHeads = 4,
        HeadSize = 32,
        VocabularySize = 4096,
        ContextLength = 256,
    });

    /// <summary>
    /// GPT-2's shape, 124 M parameters, which fit no cache. A gated feed-forward part of two thirds the width has the parameters of a plain one.
    /// </summary>
    public static BenchModel Gpt2 { get; } = new("gpt2", new ModelConfig
    {
        HiddenSize = 768,
        IntermediateSize = 2048,
        Layers = 12,
        Heads = 12,
        KeyValueHeads = 12,
        HeadSize = 64,
        VocabularySize = 50257,
        ContextLength = 256,
    });

    /// <summary>Numbers in the matrices of the layers: each prompt token multiplies with these.</summary>
    public long LayerWeights { get; } = Config.Layers * Projections.All.Sum(projection => Size(Config, projection));

    /// <summary>Numbers in all matrices: each drawn token multiplies with these, the vocabulary's included.</summary>
    public long Weights => LayerWeights + ((long)Config.VocabularySize * Config.HiddenSize);

    /// <summary>Bytes of all matrices: what a step reads.</summary>
    public long Bytes(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => 4 * Weights,
        WeightPrecision.BFloat16 => 2 * Weights,
        // A float32 scale for each 128 numbers.
        _ => Weights + (Weights / 32),
    };

    /// <summary>Makes the weights: the same in every run.</summary>
    public BaseModel Make() => new(Config, BpeTrainer.Train([], 261, ChatTemplate.Specials), ModelWeights.Random(Config, seed: 1));

    private static long Size(ModelConfig config, string projection)
    {
        (int outputs, int inputs) = Projections.Size(config, projection);
        return (long)outputs * inputs;
    }
}
