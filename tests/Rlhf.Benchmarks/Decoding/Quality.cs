using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>What fewer bits cost: the engine's perplexity on held-out dialogues with the weights in each precision.</summary>
internal static class Quality
{
    private const int Dialogues = 200;

    /// <summary>The command that asks for it.</summary>
    public static Command Command()
    {
        var model = new Option<string>("--model") { Description = "The model's folder.", HelpName = "DIR", Required = true };
        var data = new Option<string>("--data") { Description = "Dialogues, one JSON object a line, plain or .gz.", HelpName = "FILE", Required = true };
        var json = CommonOptions.Json();
        var command = new Command("quality", "What fewer bits cost: perplexity on held-out dialogues with the weights in each precision.") { model, data, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(model), parsed.GetRequiredValue(data), parsed.GetValue(json)?.FullName));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string data, string? json)
    {
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

        if (json is not null)
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { quality = rows }));
        return 0;
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
