namespace Rlhf.Inference.Tests;

/// <summary>Small models that the tests share.</summary>
internal static class TestModels
{
    private static readonly string[] Corpus =
    [
        "I'd like a large oat milk latte, please. A latte for Sam, and two cappuccinos!",
        "Sure, a large latte with oat milk. Is there anything else you would like?",
        "No, that's all. How much is it? It's $12.50, and it'll be ready in 10 minutes.",
        "Please book a table for four at seven, near the station; they've asked for the window.",
        "The restaurant is fully booked at seven. We're sorry. Would eight o'clock work for you?",
        "Yes, eight works.   Thank you\n\nvery much! \tSee you then.",
    ];

    private static readonly Lazy<Tokenizer> Small = new(() => BpeTrainer.Train(Corpus, 400, ChatTemplate.Specials));

    /// <summary>400 ids, learned from a few sentences.</summary>
    public static Tokenizer Tokenizer => Small.Value;

    /// <summary>The sentences the tokenizer was learned from.</summary>
    public static IReadOnlyList<string> Sentences => Corpus;

    /// <summary>Two layers with grouped queries and sizes that are no multiples of anything.</summary>
    public static ModelConfig Config { get; } = new()
    {
        HiddenSize = 36,
        IntermediateSize = 50,
        Layers = 2,
        Heads = 6,
        KeyValueHeads = 3,
        HeadSize = 10,
        VocabularySize = 400,
        ContextLength = 96,
        EosTokenIds = [0],
        PadTokenId = 0,
    };

    /// <summary>The same size in each family, Llama also with each way of stretching its context.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> FamilyConfigs { get; } = new Dictionary<string, ModelConfig>
    {
        ["llama linear"] = Config with { RopeScaling = new RopeScaling.Linear(3) },
        ["llama 3"] = Config with { RopeTheta = 300, RopeScaling = new RopeScaling.Llama3(8, 1, 4, 40) },
        ["mistral"] = Config with { Family = ModelFamily.Mistral, TiedEmbeddings = false },
        ["qwen2"] = Config with { Family = ModelFamily.Qwen2 },
        ["gpt2"] = Config with { Family = ModelFamily.Gpt2, HeadSize = 6, KeyValueHeads = 6 },
    };

    /// <summary>A model of random weights, large enough that its replies differ from prompt to prompt.</summary>
    public static BaseModel Random(int seed = 1, ModelConfig? config = null) =>
        new(config ?? Config, Tokenizer, ModelWeights.Random(config ?? Config, seed, 0.2f));

    /// <summary>An adapter of all projections whose change is large enough to change replies.</summary>
    public static LoraAdapter Adapter(ModelConfig config, int rank, int seed, float deviation = 0.3f)
    {
        var random = new Random(seed);
        var modules = new Dictionary<string, LoraPair>();
        for (int layer = 0; layer < config.Layers; layer++)
        {
            foreach (string projection in Projections.Of(config))
            {
                (int outputs, int inputs) = Projections.Size(config, projection);
                modules.Add(Projections.Path(layer, projection), new LoraPair(Noise(random, deviation, rank, inputs), Noise(random, deviation, outputs, rank)));
            }
        }

        return new LoraAdapter(rank, 2 * rank, modules);
    }

    private static WeightTensor Noise(Random random, float deviation, params int[] shape)
    {
        var values = new float[shape[0] * shape[1]];
        for (int i = 0; i < values.Length; i++)
            values[i] = deviation * (2 * random.NextSingle() - 1);
        return new WeightTensor(values, shape);
    }
}
