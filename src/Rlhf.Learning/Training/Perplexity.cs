using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Training;

/// <summary>How well a model predicts dialogues it has not seen.</summary>
/// <param name="All">exp of the mean loss over all tokens but each dialogue's first.</param>
/// <param name="Assistant">The same over the assistant's own tokens; null where it says nothing.</param>
/// <param name="Tokens">Tokens of <paramref name="All"/>.</param>
/// <param name="Dialogues">Dialogues measured.</param>
public sealed record Perplexity(double All, double? Assistant, long Tokens, int Dialogues)
{
    // Forward only, so twice as many tokens as in training fit the same caches.
    private const int BatchTokens = 4096;

    /// <summary>Measures a model folder's weights on dialogues, on the calling thread.</summary>
    /// <exception cref="InvalidOperationException">See <see cref="TorchRuntime.Start"/>.</exception>
    public static Perplexity Measure(BaseModel model, IEnumerable<Dialogue> dialogues, int threads, CancellationToken cancellation = default)
    {
        TorchRuntime.Start();
        using var trunk = CausalLm.From(model, threads: threads);
        return Measure(trunk, [.. dialogues.Select(dialogue => EncodedDialogue.From(dialogue, model.Template))], model.Template.EndId, cancellation);
    }

    /// <summary>Measures each dialogue from its start, cut at the model's context.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dialogues">What to predict.</param>
    /// <param name="padding">Fills a row behind its dialogue.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidDataException">There is nothing to predict.</exception>
    public static Perplexity Measure(CausalLm model, IReadOnlyList<EncodedDialogue> dialogues, int padding, CancellationToken cancellation = default)
    {
        double all = 0, assistant = 0;
        long tokens = 0, assistantTokens = 0;
        using var inference = no_grad();
        foreach (var rows in PaddedBatches.SimilarLengths(dialogues.Where(dialogue => dialogue.Ids.Length > 1), BatchTokens, model.Config.ContextLength))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = TokenBatch.Padded(rows, model.Config.ContextLength, padding, assistantOnly: false);
            var losses = batch.LogProbs(model).neg().ToArray();                                   // (M)
            for (var i = 0; i < losses.Length; i++)
            {
                var (row, column) = Math.DivRem(batch.Positions[i], batch.Columns);
                all += losses[i];
                tokens++;
                if (rows[row].Assistant[column + 1])
                {
                    assistant += losses[i];
                    assistantTokens++;
                }
            }
        }

        if (tokens == 0)
            throw new InvalidDataException($"{dialogues.Count} dialogues hold no token to predict.");
        return new Perplexity(Math.Exp(all / tokens), assistantTokens > 0 ? Math.Exp(assistant / assistantTokens) : null, tokens, dialogues.Count);
    }
}
