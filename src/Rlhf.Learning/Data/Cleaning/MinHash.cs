using Rlhf.Inference;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>MinHash signatures (Broder 1997): the share of equal entries of two signatures estimates the Jaccard similarity of the two texts' sets of
/// three-word shingles, with a standard deviation of at most 0.044.</summary>
internal static class MinHash
{
    /// <summary>Entries of a signature.</summary>
    public const int Length = 128;
    private const int ShingleWords = 3;

    private static readonly (ulong Factor, ulong Term)[] Functions = [.. Enumerable.Range(0, Length)
        .Select(i => (SeededRandom.Hash((ulong)i, "minhash factor") | 1, SeededRandom.Hash((ulong)i, "minhash term")))];

    /// <summary>The signature of a text. Case and marks don't count.</summary>
    public static uint[] Of(string text)
    {
        var signature = new uint[Length];
        Array.Fill(signature, uint.MaxValue);
        foreach (var shingle in Shingles(text))
        {
            for (var i = 0; i < Length; i++)
            {
                // Multiply-shift (Dietzfelbinger 1997): the upper half of a·x + b is close to uniform.
                var hash = (uint)(((Functions[i].Factor * shingle) + Functions[i].Term) >> 32);
                if (hash < signature[i])
                    signature[i] = hash;
            }
        }

        return signature;
    }

    /// <summary>The estimated similarity of two texts by their signatures.</summary>
    public static double Similarity(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right)
    {
        var equal = 0;
        for (var i = 0; i < Length; i++)
            equal += left[i] == right[i] ? 1 : 0;
        return (double)equal / Length;
    }

    private static IEnumerable<ulong> Shingles(string text)
    {
        Queue<ulong> window = new(ShingleWords + 1);
        var any = false;
        foreach (var word in Words(text))
        {
            window.Enqueue(word);
            if (window.Count > ShingleWords)
                window.Dequeue();
            if (window.Count == ShingleWords)
            {
                any = true;
                yield return Combine(window);
            }
        }

        if (!any)
            yield return Combine(window); // fewer words than a shingle has
    }

    private static ulong Combine(Queue<ulong> words) => words.Aggregate(0x9E3779B97F4A7C15UL, (hash, word) => (ulong.RotateLeft(hash, 23) ^ word) * 0xBF58476D1CE4E5B9UL);

    /// <summary>Words by their hashes: rows of letters and digits in lower case; in scripts without spaces, as Chinese, each letter is one.</summary>
    private static IEnumerable<ulong> Words(string text)
    {
        const ulong start = 14695981039346656037UL;
        var hash = start;
        foreach (var character in text)
        {
            var alone = char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.OtherLetter;
            if ((alone || !char.IsLetterOrDigit(character)) && hash != start)
            {
                yield return hash;
                hash = start;
            }

            if (char.IsLetterOrDigit(character) || alone)
                hash = (hash ^ char.ToLowerInvariant(character)) * 1099511628211UL;
            if (alone)
            {
                yield return hash;
                hash = start;
            }
        }

        if (hash != start)
            yield return hash;
    }
}
