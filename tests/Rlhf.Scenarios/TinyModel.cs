using Rlhf.Inference;
using Rlhf.Learning.Training;

namespace Rlhf.Scenarios;

/// <summary>A model of random weights that a server loads and a learner trains within a second: it knows nothing, but every part of the loop works on it.</summary>
internal static class TinyModel
{
    public static void SaveTo(string folder)
    {
        var texts = Enumerable.Range(0, 200).Select(i => $"I would like coffee number {i}, please. Thanks, is that all for today?");
        var tokenizer = BpeTrainer.Train(texts, 320, ChatTemplate.Specials);
        var shape = new ModelShape { Vocabulary = 320, Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, Intermediate = 64, Context = 256 };
        var config = shape.ToConfig(new ChatTemplate(tokenizer));
        new BaseModel(config, tokenizer, ModelWeights.Random(config, seed: 1, deviation: 0.3f)).Save(folder, WeightType.Float32);
    }
}
