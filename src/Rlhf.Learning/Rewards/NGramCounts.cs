namespace Rlhf.Learning.Rewards;

/// <summary>How often each n-gram of words is in a text, for n from 1 to <see cref="MostOrder"/>. Words are what white space separates, in lower case.</summary>
public sealed class NGramCounts
{
    internal const int MostOrder = 4;

    private readonly Dictionary<string, int>[] _counts;

    /// <summary>Counts a text's n-grams.</summary>
    public NGramCounts(string text)
    {
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Words = words.Length;
        _counts = [.. Enumerable.Range(1, MostOrder).Select(n => Count(words, n))];
    }

    /// <summary>Words of the text.</summary>
    public int Words { get; }

    /// <summary>The different n-grams over all n-grams of several texts together (distinct-n, Li et al. 2016); 0 where there are none.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="n">From 1 to 4.</param>
    public static double Distinct(IEnumerable<string> texts, int n)
    {
        NGramCounts[] counts = [.. texts.Select(text => new NGramCounts(text))];
        var total = counts.Sum(text => text.Total(n));
        return total == 0 ? 0 : counts.SelectMany(text => text.Of(n).Keys).Distinct().Count() / (double)total;
    }

    internal IReadOnlyDictionary<string, int> Of(int n) => _counts[n - 1];

    internal int Total(int n) => Math.Max(0, Words - n + 1);

    private static Dictionary<string, int> Count(string[] words, int n)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + n <= words.Length; i++)
        {
            var gram = string.Join(' ', words, i, n);
            counts[gram] = counts.GetValueOrDefault(gram) + 1;
        }

        return counts;
    }
}
