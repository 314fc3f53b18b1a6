namespace Rlhf.Learning.Data;

/// <summary>
/// One dialogue to a row for fine-tuning, where the assistant's own tokens count. Rows of a batch are of similar length, so that little is
/// padding, and a batch holds about as many tokens as any other.
/// </summary>
/// <param name="dialogues">What an epoch draws from.</param>
/// <param name="seed">The same seed gives the same batches.</param>
/// <param name="tokens">Most tokens of a batch, padding included.</param>
/// <param name="longest">Most tokens of a row.</param>
/// <param name="padding">The token behind a dialogue's end.</param>
public sealed class PaddedBatches(IReadOnlyList<EncodedDialogue> dialogues, ulong seed, int tokens, int longest, int padding)
    : BatchOrder(dialogues, seed)
{
    // Dialogues sorted by length together: enough for rows of similar length, few enough to stay mixed.
    private const int SortWindow = 512;

    /// <inheritdoc/>
    protected override IReadOnlyList<EncodedDialogue[]> Arrange(EncodedDialogue[] epoch, Random random)
    {
        // Of a dialogue cut at the context, some of the assistant's words must be left to learn from.
        var batches = epoch.Where(dialogue => dialogue.Assistant.Take(longest + 1).Skip(1).Any(own => own))
            .Chunk(SortWindow)
            .SelectMany(window => SimilarLengths(window, tokens, longest))
            .ToArray();
        random.Shuffle(batches);
        return batches;
    }

    /// <inheritdoc/>
    protected override TokenBatch ToBatch(EncodedDialogue[] rows) => TokenBatch.Padded(rows, longest, padding, assistantOnly: true);

    /// <summary>Batches of at most so many tokens, padding included, from dialogues of similar length.</summary>
    internal static IEnumerable<EncodedDialogue[]> SimilarLengths(IEnumerable<EncodedDialogue> dialogues, int tokens, int longest)
    {
        var rows = new List<EncodedDialogue>();
        foreach (var dialogue in dialogues.OrderBy(dialogue => dialogue.Ids.Length))
        {
            if (rows.Count > 0 && (rows.Count + 1) * Math.Min(dialogue.Ids.Length, longest) > tokens)
            {
                yield return [.. rows];
                rows.Clear();
            }

            rows.Add(dialogue);
        }

        if (rows.Count > 0)
            yield return [.. rows];
    }
}
