using Rlhf.Inference;

namespace Rlhf.Learning.Tests.Model;

/// <summary>Models small enough to take apart.</summary>
internal static class TinyModels
{
    public static Tokenizer Tokenizer { get; } = BpeTrainer.Train(
        ["one large latte please", "a small mocha with oat milk", "is the order correct", "yes that is correct, thank you"], 300, ChatTemplate.Specials);

    public static ChatTemplate Template { get; } = new(Tokenizer);

    /// <summary>Grouped queries, two layers, weights large enough that every part of the model matters.</summary>
    public static BaseModel Create(int seed = 1, bool tied = true, int heads = 4, int keyValueHeads = 2, int context = 64, ModelFamily family = ModelFamily.Llama, RopeScaling? scaling = null)
    {
        var config = new ModelConfig
        {
            Family = family,
            RopeScaling = scaling,
            HiddenSize = 32,
            IntermediateSize = 48,
            Layers = 2,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = 8,
            VocabularySize = 300,
            ContextLength = context,
            TiedEmbeddings = tied,
            EosTokenIds = [Template.EndId],
            PadTokenId = Template.EndId,
        };
        return new BaseModel(config, Tokenizer, ModelWeights.Random(config, seed, deviation: 0.15f));
    }

    /// <summary>An adapter that changes something: B is not zero.</summary>
    public static LoraAdapter Adapter(ModelConfig config, IReadOnlyList<string> targets, int seed = 5, int rank = 3)
    {
        var random = new Random(seed);
        var modules = new Dictionary<string, LoraPair>();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var target in targets)
            {
                var (rows, columns) = Projections.Size(config, target);
                modules[Projections.Path(layer, target)] = new LoraPair(Values(rank, columns), Values(rows, rank));
            }
        }

        return new LoraAdapter(rank, 6, modules);

        WeightTensor Values(int rows, int columns)
            => new([.. Enumerable.Range(0, rows * columns).Select(_ => (float)(0.3 * (random.NextDouble() - 0.5)))], rows, columns);
    }

    public static int[] Ids(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(300))];
    }
}
