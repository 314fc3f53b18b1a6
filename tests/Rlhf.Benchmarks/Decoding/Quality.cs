using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learning.Data;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>What fewer bits cost: the engine's perplexity on held-out dialogues with the weights in each precision.</summary>
internal static class Quality
{
    public const string Usage = "usage: ./rlhf bench quality --model DIR --data FILE [--json FILE]";

    private const int Dialogues = 200;

    /// <summary>Takes <c>--model DIR --data FILE</c>; <c>--json FILE</c> keeps the figures.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (Value("--model") is not { } folder || Value("--data") is not { } data)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        BaseModel model = BaseModel.Load(folder);
        int[][] texts = [.. DialogueReader.Read(data)
            .Where(dialogue => dialogue.HeldOut)
            .Take(Dialogues)
            .Select(dialogue => EncodedDialogue.From(dialogue, model.Template).Ids)
            .Select(ids => ids[..Math.Min(ids.Length, model.Config.ContextLength)])];
        var rows = new List<object>();
        double exact = double.NaN;
        WeightPrecision[] precisions = Enum.GetValues<WeightPrecision>();
        for (int i = 0; i < precisions.Length; i++)
        {
            ProgressLine.Show(i, precisions.Length, $"{texts.Length} dialogues, {DecodeArguments.Name(precisions[i])}");
            double perplexity = Perplexity(new LogitsEvaluator(model, adapter: null, precisions[i]), texts);
            ProgressLine.Hide();
            exact = i == 0 ? perplexity : exact;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DecodeArguments.Name(precisions[i]),-8}  perplexity {perplexity:F4}, {(perplexity / exact) - 1:+0.000%;-0.000%} ({texts.Length} held-out dialogues)"));
            rows.Add(new { type = DecodeArguments.Name(precisions[i]), perplexity, change = (perplexity / exact) - 1 });
        }

        if (Value("--json") is { } json)
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { quality = rows }));
        return 0;

        string? Value(string name) => Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    private static double Perplexity(LogitsEvaluator evaluator, int[][] texts)
    {
        double loss = 0;
        long tokens = 0;
        foreach (int[] ids in texts)
        {
            float[][] logits = evaluator.Logits(ids);
            for (int i = 0; i + 1 < ids.Length; i++)
            {
                float max = logits[i].Max();
                loss += Math.Log(logits[i].Sum(logit => (double)MathF.Exp(logit - max))) + max - logits[i][ids[i + 1]];
                tokens++;
            }
        }

        return Math.Exp(loss / tokens);
    }
}
