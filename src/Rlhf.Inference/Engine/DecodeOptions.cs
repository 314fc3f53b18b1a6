using System.ComponentModel.DataAnnotations;

namespace Rlhf.Inference;

/// <summary>What a decode engine may use.</summary>
public sealed record DecodeOptions
{
    /// <summary>Threads of the engine's own.</summary>
    /// <value>The default value is the number of processors.</value>
    [Range(1, 256)]
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The most sequences that run at once; each has keys and values in memory.</summary>
    /// <value>The default value is 64.</value>
    [Range(1, 4096)]
    public int MaxBatch { get; init; } = 64;

    /// <summary>The most requests that wait for a place; the next is refused with <see cref="QueueFullException"/>.</summary>
    /// <value>The default value is 256.</value>
    [Range(0, 1_000_000)]
    public int MaxQueue { get; init; } = 256;

    /// <summary>
    /// The most prompt tokens that a step takes beside one token for each running sequence: more start replies sooner, fewer keep the
    /// others' tokens flowing evenly.
    /// </summary>
    /// <value>The default value is 64.</value>
    [Range(1, 4096)]
    public int PromptTokensPerStep { get; init; } = 64;

    /// <summary>How the trunk's matrices are held.</summary>
    /// <value>The default value is <see cref="WeightPrecision.Float32"/>.</value>
    [EnumDataType(typeof(WeightPrecision))]
    public WeightPrecision Weights { get; init; } = WeightPrecision.Float32;

    /// <summary>
    /// The most memory for keys and values, in bytes. What running sequences leave of it holds those of finished ones, so that a next turn,
    /// or another conversation with the same system prompt, need not compute them again; what was not used for longest goes first.
    /// </summary>
    /// <value>The default value is an eighth of the memory that the process may use.</value>
    [Range(1L << 16, long.MaxValue)]
    public long CacheBytes { get; init; } = Math.Max(1L << 16, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    /// <summary>Whether each request has spans of its own while somebody listens to the activity source <c>Rlhf.Inference</c>.</summary>
    /// <value>The default value is <see langword="true"/>; whoever draws thousands of replies for itself had better not.</value>
    public bool Traced { get; init; } = true;

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ValidationException">Names the value and its range.</exception>
    public void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
}
