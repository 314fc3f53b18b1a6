namespace Rlhf.Statistics.Texts;

/// <summary>BLEU of texts against one reference each: Papineni, Roukos, Ward and Zhu (2002), n-grams up to 4, over all texts together. Where no n-gram of a length
/// matches, 1/2, 1/4 … of one is counted instead, as sacreBLEU does by default (Chen and Cherry 2014, method 3).</summary>
/// <param name="Matches">Matching n-grams of each length, clipped to how often the reference has them.</param>
/// <param name="Totals">N-grams of each length.</param>
/// <param name="Length">Words of the texts.</param>
/// <param name="ReferenceLength">Words of the references.</param>
public sealed record Bleu(IReadOnlyList<int> Matches, IReadOnlyList<int> Totals, int Length, int ReferenceLength)
{
    private const int Longest = 4;

    /// <summary>Nothing yet.</summary>
    public static Bleu Empty { get; } = new(new int[Longest], new int[Longest], 0, 0);

    /// <summary>The counts of one text.</summary>
    public static Bleu Of(IReadOnlyList<string> text, IReadOnlyList<string> reference)
    {
        var (matches, totals) = (new int[Longest], new int[Longest]);
        for (var n = 1; n <= Longest; n++)
        {
            var known = Count(reference, n);
            foreach (var (gram, count) in Count(text, n))
            {
                matches[n - 1] += Math.Min(count, known.GetValueOrDefault(gram));
                totals[n - 1] += count;
            }
        }

        return new Bleu(matches, totals, text.Count, reference.Count);
    }

    /// <summary>The counts of both.</summary>
    public Bleu Plus(Bleu other) => new(
        [.. Matches.Zip(other.Matches, (a, b) => a + b)], [.. Totals.Zip(other.Totals, (a, b) => a + b)], Length + other.Length, ReferenceLength + other.ReferenceLength);

    /// <summary>The score, from 0 to 1; 0 without a word in common.</summary>
    public double Score()
    {
        if (Length == 0 || Matches[0] == 0)
        {
            return 0;
        }

        var (sum, lengths, smoothing) = (0.0, 0, 1.0);
        for (var n = 0; n < Longest && Totals[n] > 0; n++, lengths++)
        {
            sum += Math.Log((Matches[n] == 0 ? 1 / (smoothing *= 2) : Matches[n]) / Totals[n]);
        }

        var brevity = Length < ReferenceLength ? Math.Exp(1 - (ReferenceLength / (double)Length)) : 1;
        return brevity * Math.Exp(sum / lengths);
    }

    private static Dictionary<string, int> Count(IReadOnlyList<string> words, int n)
    {
        var counts = new Dictionary<string, int>();
        for (var i = 0; i + n <= words.Count; i++)
        {
            var gram = string.Join(' ', words.Skip(i).Take(n));
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}
