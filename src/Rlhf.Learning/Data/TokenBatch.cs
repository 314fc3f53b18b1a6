namespace Rlhf.Learning.Data;

/// <summary>Rows of tokens, padded on the right, and what is to be predicted in them.</summary>
/// <param name="Rows">B.</param>
/// <param name="Columns">T.</param>
/// <param name="Ids">(B, T), row-major.</param>
/// <param name="Positions">(M): b·T + t of the position before each token that counts.</param>
/// <param name="Targets">(M): the tokens that count.</param>
public sealed record TokenBatch(int Rows, int Columns, long[] Ids, long[] Positions, long[] Targets)
{
    /// <summary>Dialogues one to a row, cut at <paramref name="longest"/> tokens.</summary>
    /// <param name="dialogues">The rows.</param>
    /// <param name="longest">Most columns of the batch.</param>
    /// <param name="padding">Fills a row behind its dialogue.</param>
    /// <param name="assistantOnly">Whether only the assistant's own tokens count, or all but the first.</param>
    public static TokenBatch Padded(IReadOnlyList<EncodedDialogue> dialogues, int longest, int padding, bool assistantOnly)
    {
        // The last token of a row is only a target.
        var columns = Math.Clamp(dialogues.Max(dialogue => dialogue.Ids.Length) - 1, 1, longest);
        var ids = new long[dialogues.Count * columns];
        Array.Fill(ids, padding);
        var positions = new List<long>();
        var targets = new List<long>();
        for (var row = 0; row < dialogues.Count; row++)
        {
            var dialogue = dialogues[row];
            for (var t = 0; t < Math.Min(dialogue.Ids.Length, columns); t++)
            {
                ids[(row * columns) + t] = dialogue.Ids[t];
                if (t + 1 < dialogue.Ids.Length && (!assistantOnly || dialogue.Assistant[t + 1]))
                {
                    positions.Add((row * columns) + t);
                    targets.Add(dialogue.Ids[t + 1]);
                }
            }
        }

        return new TokenBatch(dialogues.Count, columns, ids, [.. positions], [.. targets]);
    }

    /// <summary>Some of the rows.</summary>
    internal TokenBatch Take(int[] rows)
    {
        var counting = Enumerable.Range(0, Positions.Length).ToLookup(m => (int)(Positions[m] / Columns));
        return new TokenBatch(
            rows.Length,
            Columns,
            [.. rows.SelectMany(row => Ids[(row * Columns)..((row + 1) * Columns)])],
            [.. rows.SelectMany((row, at) => counting[row].Select(m => Positions[m] + ((at - row) * (long)Columns)))],
            [.. rows.SelectMany(row => counting[row].Select(m => Targets[m]))]);
    }
}
