namespace Rlhf.Inference;

/// <summary>
/// How prompts share the rows that a step has for them: whoever has least left goes first, since that gives the most first tokens soonest;
/// but a quarter is for whoever came first, so that a long prompt gets on however many short ones arrive.
/// </summary>
internal static class PromptShares
{
    /// <summary>Divides the rows.</summary>
    /// <param name="rows">The rows there are.</param>
    /// <param name="left">What each prompt has left, in the order they came.</param>
    /// <param name="shares">The rows each gets.</param>
    public static void Divide(int rows, ReadOnlySpan<int> left, Span<int> shares)
    {
        if (left.IsEmpty)
            return;
        shares[..left.Length].Clear();
        // Sorted by what is left, then by who came first.
        Span<long> order = left.Length <= 256 ? stackalloc long[left.Length] : new long[left.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = ((long)left[i] << 32) | (uint)i;
        order.Sort();

        rows -= shares[0] = Math.Min(left[0], Math.Max(1, rows / 4));
        foreach (long key in order)
        {
            int i = (int)key;
            int share = Math.Min(left[i] - shares[i], rows);
            shares[i] += share;
            rows -= share;
        }
    }
}
