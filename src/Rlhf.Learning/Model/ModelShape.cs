using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;

namespace Rlhf.Learning.Model;

/// <summary>The shape of a model to pretrain.</summary>
public sealed record ModelShape
{
    /// <summary>Ids of the tokenizer and rows of the embedding.</summary>
    /// <value>The default value is 4,096.</value>
    [Range(300, 1_000_000)]
    public int Vocabulary { get; init; } = 4096;

    /// <summary>Width of the residual stream.</summary>
    /// <value>The default value is 256.</value>
    [Range(8, 65_536)]
    public int Hidden { get; init; } = 256;

    /// <summary>Layers.</summary>
    /// <value>The default value is 5.</value>
    [Range(1, 256)]
    public int Layers { get; init; } = 5;

    /// <summary>Query heads.</summary>
    /// <value>The default value is 8.</value>
    [Range(1, 256)]
    public int Heads { get; init; } = 8;

    /// <summary>Key and value heads.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 256)]
    public int KeyValueHeads { get; init; } = 4;

    /// <summary>Width inside the feed-forward part.</summary>
    /// <value>The default value is 640.</value>
    [Range(8, 262_144)]
    public int Intermediate { get; init; } = 640;

    /// <summary>The longest sequence in tokens.</summary>
    /// <value>The default value is 512.</value>
    [Range(16, 131_072)]
    public int Context { get; init; } = 512;

    /// <summary>The config of a model of this shape, embeddings tied.</summary>
    public ModelConfig ToConfig(ChatTemplate template) => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = Hidden,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        HeadSize = Hidden / Heads,
        IntermediateSize = Intermediate,
        ContextLength = Context,
        EosTokenIds = [template.EndId],
        PadTokenId = template.EndId,
    };
}
