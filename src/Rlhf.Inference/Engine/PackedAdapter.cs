namespace Rlhf.Inference;

/// <summary>One projection's low-rank change, packed; B carries the scale.</summary>
internal sealed record PackedPair(PackedMatrix A, PackedMatrix B);

/// <summary>An adapter as the forward pass reads it.</summary>
internal sealed class PackedAdapter
{
    private readonly Dictionary<string, PackedPair>[] _layers;

    /// <exception cref="InvalidDataException">The adapter does not fit the model, or holds a number that is not finite.</exception>
    public PackedAdapter(LoraAdapter adapter, ModelConfig config, Kernels kernels)
    {
        adapter.CheckFits(config);
        PaddedRank = kernels.Padded(adapter.Rank);
        _layers = new Dictionary<string, PackedPair>[config.Layers];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            _layers[layer] = [];
            foreach (string projection in Projections.Of(config))
            {
                if (!adapter.Modules.TryGetValue(Projections.Path(layer, projection), out LoraPair? pair))
                    continue;
                (int outputs, int inputs) = Projections.Size(config, projection);
                if (pair.A.Values.Concat(pair.B.Values).Any(value => !float.IsFinite(value)))
                    throw new InvalidDataException($"The adapter's '{Projections.Path(layer, projection)}' holds a number that is not finite.");
                _layers[layer].Add(projection, new PackedPair(
                    new PackedMatrix(kernels, pair.A.Values, adapter.Rank, inputs),
                    new PackedMatrix(kernels, pair.B.Values, outputs, adapter.Rank, scale: adapter.Scale)));
            }
        }
    }

    /// <summary>The rank rounded up to whole vectors.</summary>
    public int PaddedRank { get; }

    /// <summary>The change of a projection, or null where it has none.</summary>
    public PackedPair? Find(int layer, string projection) => _layers[layer].GetValueOrDefault(projection);
}
