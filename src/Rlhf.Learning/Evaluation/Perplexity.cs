using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Evaluation;

/// <summary>How well a model predicts dialogues it has not seen.</summary>
/// <param name="All">exp of the mean loss over all tokens but each dialogue's first.</param>
/// <param name="Assistant">The same over the assistant's own tokens; null where it says nothing.</param>
/// <param name="Tokens">Tokens of <paramref name="All"/>.</param>
/// <param name="Dialogues">Dialogues measured.</param>
public sealed record Perplexity(double All, double? Assistant, long Tokens, int Dialogues)
{
    // Enough for full products, little enough that a few dozen dialogues are work for several threads.
    private const int BatchTokens = 2048;

    /// <summary>Measures a model folder's weights on dialogues, on the calling thread.</summary>
    /// <exception cref="InvalidOperationException">See <see cref="TorchRuntime.Start"/>.</exception>
    public static Perplexity Measure(BaseModel model, IEnumerable<Dialogue> dialogues, int threads, CancellationToken cancellation = default)
    {
        TorchRuntime.Start();
        using var trunk = CausalLm.From(model, threads: threads);
        return Measure(trunk, [.. dialogues.Select(dialogue => EncodedDialogue.From(dialogue, model.Template))], model.Template.EndId, cancellation: cancellation);
    }

    /// <summary>Measures each dialogue from its start, cut at the model's context, on the model's own threads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dialogues">What to predict.</param>
    /// <param name="padding">Fills a row behind its dialogue.</param>
    /// <param name="lora">The change to the model; none without it.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidDataException">There is nothing to predict.</exception>
    public static Perplexity Measure(CausalLm model, IReadOnlyList<EncodedDialogue> dialogues, int padding, LoraParameters? lora = null, CancellationToken cancellation = default)
    {
        var batches = PaddedBatches.SimilarLengths(dialogues.Where(dialogue => dialogue.Ids.Length > 1), BatchTokens, model.Config.ContextLength).ToArray();
        var losses = model.Workers.Run(batches, rows =>
        {
            cancellation.ThrowIfCancellationRequested();
            return LossOf(model, rows, padding, lora);
        });
        var (all, assistant) = (Sum(losses.Select(batch => batch.All)), Sum(losses.Select(batch => batch.Assistant)));
        if (all.Tokens == 0)
            throw new InvalidDataException($"{dialogues.Count} dialogues hold no token to predict.");
        return new Perplexity(Math.Exp(all.Loss / all.Tokens), assistant.Tokens > 0 ? Math.Exp(assistant.Loss / assistant.Tokens) : null, all.Tokens, dialogues.Count);
    }

    private static ((double Loss, long Tokens) All, (double Loss, long Tokens) Assistant) LossOf(CausalLm model, EncodedDialogue[] rows, int padding, LoraParameters? lora)
    {
        using var inference = no_grad();
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Padded(rows, model.Config.ContextLength, padding, assistantOnly: false);
        var losses = batch.LogProbs(model, lora).neg().ToArray();                                // (M)
        var own = losses.Where((_, i) => Math.DivRem(batch.Positions[i], batch.Columns) is var (row, column) && rows[row].Assistant[column + 1]).ToArray();
        return ((losses.Sum(loss => (double)loss), losses.Length), (own.Sum(loss => (double)loss), own.Length));
    }

    private static (double Loss, long Tokens) Sum(IEnumerable<(double Loss, long Tokens)> parts) =>
        parts.Aggregate((Loss: 0.0, Tokens: 0L), (sum, part) => (sum.Loss + part.Loss, sum.Tokens + part.Tokens));
}
