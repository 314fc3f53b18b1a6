using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Model;

namespace Rlhf.Learning.Tests.Evaluation;

/// <summary>Perplexity against the decode engine's logits, a dialogue and a token at a time.</summary>
public sealed class PerplexityTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public void It_is_what_the_engines_logits_say_of_each_token(bool adapted, int threads)
    {
        var model = TinyModels.Create(context: 48);
        var adapter = adapted ? TinyModels.Adapter(model.Config, Projections.Of(model.Config)) : null;
        var dialogues = Dialogues(60);
        Assert.Contains(dialogues, dialogue => dialogue.Ids.Length > 48 + 1);
        using var trunk = CausalLm.From(model, threads: threads);
        using var lora = adapter is null ? null : new LoraParameters(model.Config, adapter, trainable: false);

        var measured = Perplexity.Measure(trunk, dialogues, TinyModels.Template.EndId, lora);

        var (all, own) = Losses(new LogitsEvaluator(model, adapter), dialogues, longest: 48);
        Assert.Equal(all.Count, measured.Tokens);
        Assert.Equal(60, measured.Dialogues);
        Assert.Equal(Math.Exp(all.Average()), measured.All, 1e-3 * measured.All);
        Assert.Equal(Math.Exp(own.Average()), measured.Assistant!.Value, 1e-3 * measured.All);
    }

    [Fact]
    public void Dialogues_in_which_nobody_assists_have_no_perplexity_of_the_assistants()
    {
        using var trunk = CausalLm.From(TinyModels.Create());

        Assert.Null(Perplexity.Measure(trunk, [new EncodedDialogue([5, 6, 7], [false, false, false])], padding: 0).Assistant);
        Assert.Throws<InvalidDataException>(() => Perplexity.Measure(trunk, [new EncodedDialogue([5], [true])], padding: 0));
    }

    private static EncodedDialogue[] Dialogues(int count)
    {
        var random = new Random(3);
        return
        [
            .. Enumerable.Range(0, count).Select(i => new EncodedDialogue(
                TinyModels.Ids(2 + random.Next(60), seed: i), [.. Enumerable.Range(0, 62).Select(_ => random.Next(3) > 0)])),
        ];
    }

    private static (List<double> All, List<double> Own) Losses(LogitsEvaluator evaluator, EncodedDialogue[] dialogues, int longest)
    {
        var (all, own) = (new List<double>(), new List<double>());
        foreach (var dialogue in dialogues)
        {
            var read = dialogue.Ids[..Math.Min(dialogue.Ids.Length - 1, longest)];
            var logits = evaluator.Logits(read);
            for (var i = 0; i < read.Length; i++)
            {
                var row = Enumerable.Range(0, 300).Select(id => (double)logits[i][id]).ToArray();
                var loss = Math.Log(row.Sum(Math.Exp)) - row[dialogue.Ids[i + 1]];
                all.Add(loss);
                if (dialogue.Assistant[i + 1])
                    own.Add(loss);
            }
        }

        return (all, own);
    }
}
