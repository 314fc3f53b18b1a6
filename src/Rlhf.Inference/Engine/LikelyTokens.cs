namespace Rlhf.Inference;

/// <summary>Picks the likeliest tokens out of a vocabulary.</summary>
internal static unsafe class LikelyTokens
{
    /// <summary>The likeliest first; of equals the lower id.</summary>
    /// <param name="logits">(vocabulary).</param>
    /// <param name="size">The vocabulary.</param>
    /// <param name="known">Zero for ids that no token has, null where there are none.</param>
    /// <param name="count">How many.</param>
    /// <param name="max">The largest logit.</param>
    /// <param name="inverse">One over the temperature.</param>
    /// <param name="logSum">The logarithm of the sum of exp((logit − max) · inverse).</param>
    public static LikelyToken[] Of(float* logits, int size, AlignedFloats? known, int count, float max, float inverse, float logSum)
    {
        // Few are asked for, and most of a vocabulary is less likely than the last of them: one comparison each.
        var ids = new int[Math.Min(count, size)];
        int found = 0;
        for (int id = 0; id < size; id++)
        {
            if ((known is not null && known.Span[id] == 0) || (found == ids.Length && logits[id] <= logits[ids[^1]]))
                continue;
            int place = found < ids.Length ? found++ : found - 1;
            for (; place > 0 && logits[id] > logits[ids[place - 1]]; place--)
                ids[place] = ids[place - 1];
            ids[place] = id;
        }

        var likeliest = new LikelyToken[found];
        for (int i = 0; i < found; i++)
            likeliest[i] = new LikelyToken(ids[i], ((logits[ids[i]] - max) * inverse) - logSum);
        return likeliest;
    }
}
