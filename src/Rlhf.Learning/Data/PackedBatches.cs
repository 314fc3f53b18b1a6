namespace Rlhf.Learning.Data;

/// <summary>
/// Full rows for pretraining, where all tokens count. Each row begins with the beginning of a dialogue, as every chat does, and is filled
/// with further ones; what of the last does not fit is left out, and another epoch's order cuts elsewhere.
/// </summary>
/// <param name="dialogues">What an epoch draws from.</param>
/// <param name="seed">The same seed gives the same batches.</param>
/// <param name="rows">Rows of a batch.</param>
/// <param name="columns">Tokens of a row.</param>
public sealed class PackedBatches(IReadOnlyList<EncodedDialogue> dialogues, ulong seed, int rows, int columns) : BatchOrder(dialogues, seed)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<EncodedDialogue[]> Arrange(EncodedDialogue[] epoch, Random random)
    {
        var packed = new List<EncodedDialogue>();
        var ids = new List<int>();
        var assistant = new List<bool>();
        foreach (var dialogue in epoch)
        {
            ids.AddRange(dialogue.Ids);
            assistant.AddRange(dialogue.Assistant);
            // One more than the row: the last token is only a target.
            if (ids.Count <= columns)
                continue;
            packed.Add(new EncodedDialogue([.. ids[..(columns + 1)]], [.. assistant[..(columns + 1)]]));
            ids.Clear();
            assistant.Clear();
        }

        return [.. packed.Chunk(rows).Where(chunk => chunk.Length == rows)];
    }

    /// <inheritdoc/>
    protected override TokenBatch ToBatch(EncodedDialogue[] rows) => TokenBatch.Padded(rows, columns, padding: 0, assistantOnly: false);
}
