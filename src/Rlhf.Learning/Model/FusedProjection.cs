using Rlhf.Inference;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Model;

/// <summary>
/// A projection of a layer, or several that read the same input and are one matrix here, their rows one after the other. Hugging
/// Face's separate names exist only where weights are read and written.
/// </summary>
internal sealed record FusedProjection(string Name, IReadOnlyList<string> Members)
{
    public static FusedProjection QueryKeyValue { get; } = new("qkv", [Projections.Query, Projections.Key, Projections.Value]);

    public static FusedProjection Output { get; } = new("output", [Projections.Output]);

    /// <summary>Apart from <see cref="Up"/>, though both read the same: as one, half of their LoRA's B would be zeros.</summary>
    public static FusedProjection Gate { get; } = new("gate", [Projections.Gate]);

    public static FusedProjection Up { get; } = new("up", [Projections.Up]);

    public static FusedProjection Down { get; } = new("down", [Projections.Down]);

    /// <summary>Those of a model's layers.</summary>
    public static IReadOnlyList<FusedProjection> Of(ModelConfig config) => config.HasGate ? Gated : Ungated;

    private static IReadOnlyList<FusedProjection> Gated { get; } = [QueryKeyValue, Output, Gate, Up, Down];

    private static IReadOnlyList<FusedProjection> Ungated { get; } = [QueryKeyValue, Output, Up, Down];

    public (int Out, int In) Size(ModelConfig config)
        => (Members.Sum(member => Projections.Size(config, member).Out), Projections.Size(config, Members[0]).In);

    /// <summary>Whether any member has a bias; one that has none then gets zeros.</summary>
    public bool HasBias(ModelConfig config) => Members.Any(config.HasBias);

    /// <summary>The members' biases of one layer, one behind the other, (out).</summary>
    public WeightTensor JoinBias(ModelConfig config, ModelWeights weights, int layer) => new(
        [.. Members.SelectMany(member => config.HasBias(member) ? weights[ModelWeights.ProjectionBias(layer, member)].Values : new float[Projections.Size(config, member).Out])],
        Size(config).Out);

    /// <summary>The reverse of <see cref="JoinBias"/>.</summary>
    public IEnumerable<(string Name, WeightTensor Weight)> SplitBias(ModelConfig config, float[] joined, int layer)
    {
        var from = 0;
        foreach (var member in Members)
        {
            var rows = Projections.Size(config, member).Out;
            if (config.HasBias(member))
                yield return (ModelWeights.ProjectionBias(layer, member), new WeightTensor(joined[from..(from + rows)], rows));
            from += rows;
        }
    }

    /// <summary>The members' weights of one layer, row under row.</summary>
    public WeightTensor Join(ModelConfig config, ModelWeights weights, int layer)
    {
        var (rows, columns) = Size(config);
        return new WeightTensor([.. Members.SelectMany(member => weights[ModelWeights.Projection(layer, member)].Values)], rows, columns);
    }

    /// <summary>The reverse of <see cref="Join"/>.</summary>
    public IEnumerable<(string Name, WeightTensor Weight)> Split(ModelConfig config, float[] joined, int layer)
    {
        var from = 0;
        foreach (var member in Members)
        {
            var (rows, columns) = Projections.Size(config, member);
            yield return (ModelWeights.Projection(layer, member), new WeightTensor(joined[from..(from + rows * columns)], rows, columns));
            from += rows * columns;
        }
    }
}
