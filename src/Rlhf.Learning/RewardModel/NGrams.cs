using System.Globalization;
using Rlhf.Inference;

namespace Rlhf.Learning.RewardModel;

/// <summary>A text as the set of its words and word pairs, each hashed into one of a fixed number of buckets.</summary>
public static class NGrams
{
    /// <summary>
    /// The buckets of all 1- to <paramref name="longest"/>-grams of a text: each once, ascending. A word is a run of letters and
    /// digits in lower case; every other visible character is a word of its own, so a question mark counts.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="field">Keeps equal words of different fields apart, such as reply and context.</param>
    /// <param name="longest">Words in the longest n-gram.</param>
    /// <param name="buckets">How many buckets there are.</param>
    public static int[] Of(string text, string field, int longest, int buckets)
    {
        var words = Words(text);
        var found = new SortedSet<int>();
        for (var n = 1; n <= longest; n++)
        {
            for (var i = 0; i + n <= words.Count; i++)
            {
                found.Add(Bucket(field, string.Join(' ', words.Skip(i).Take(n)), buckets));
            }
        }

        return [.. found];
    }

    /// <summary>The bucket of one feature, named by its field and content.</summary>
    public static int Bucket(string field, string feature, int buckets) =>
        (int)(SeededRandom.Hash(0, $"{field}\u001f{feature}") % (ulong)buckets);

    /// <summary>The words of a text, in order.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                i++;
            }

            if (i > start)
            {
                words.Add(text[start..i].ToLower(CultureInfo.InvariantCulture));
            }
            else
            {
                if (!char.IsWhiteSpace(text[i]))
                {
                    words.Add(text[i].ToString());
                }

                i++;
            }
        }

        return words;
    }
}
