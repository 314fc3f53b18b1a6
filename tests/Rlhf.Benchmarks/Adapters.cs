using Rlhf.Inference;

namespace Rlhf.Benchmarks;

/// <summary>Adapters of random numbers.</summary>
internal static class Adapters
{
    /// <summary>One of rank 8 for all projections, small enough that the model still speaks.</summary>
    public static LoraAdapter Random(ModelConfig config, int seed)
    {
        const int rank = 8;
        var random = new Random(seed);
        var modules = new Dictionary<string, LoraPair>();
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (string projection in Projections.All)
            {
                (int outputs, int inputs) = Projections.Size(config, projection);
                modules.Add(Projections.Path(layer, projection), new LoraPair(Noise(rank, inputs), Noise(outputs, rank)));
            }
        }

        return new LoraAdapter(rank, 2 * rank, modules);

        WeightTensor Noise(int rows, int columns) => new([.. Enumerable.Range(0, rows * columns).Select(_ => (random.NextSingle() - 0.5f) * 0.02f)], rows, columns);
    }
}
