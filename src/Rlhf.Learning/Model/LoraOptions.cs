using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;

namespace Rlhf.Learning.Model;

/// <summary>The shape of a low-rank adapter.</summary>
public sealed record LoraOptions
{
    /// <summary>Rows of A and columns of B. With as many as the model is wide, every change of a matrix can be learned.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 8192)]
    public int Rank { get; init; } = 8;

    /// <summary>The change is scaled by alpha / rank.</summary>
    /// <value>The default value is 16.</value>
    [Range(0.01, 1024)]
    public float Alpha { get; init; } = 16;

    /// <summary>The projections that get a pair, by the names of <see cref="Projections"/>; one that the model does not have is left out.</summary>
    /// <value>The default value is all seven.</value>
    [MinLength(1)]
    public IReadOnlyList<string> Targets { get; init; } = Projections.All;

    /// <summary>How many of the model's layers, from the top, get pairs; 0 takes all. What lies below stays as it is, so that training
    /// computes it once for a reply however often it passes over it.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, 1024)]
    public int TopLayers { get; init; }
}
