using System.Runtime.InteropServices;
using System.Text;

namespace Rlhf.Inference;

/// <summary>
/// Learns a byte-level BPE vocabulary: starting from the 256 bytes, the most frequent pair of neighbours inside words becomes one token,
/// again and again (Sennrich et al. 2016). Ties go to the pair of smaller ids, so that the same texts give the same vocabulary.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains a tokenizer with GPT-2's pieces.</summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="vocabularySize">Ids to fill: the specials first, then the bytes, then merges; fewer where the corpus has no pair left.</param>
    /// <param name="specials">Contents of the special tokens; they get the ids from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary is too small for the specials and the bytes.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, specials.Count + 256);
        var preTokenizer = new EnglishWords();
        // Ids by the alphabet's order of characters, as other trainers number them.
        byte[] byCharacter = [.. Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(ByteAlphabet.Char)];
        var vocabulary = new Dictionary<int, byte[]>();
        var byteIds = new int[256];
        foreach (byte b in byCharacter)
        {
            byteIds[b] = specials.Count + vocabulary.Count;
            vocabulary.Add(byteIds[b], [b]);
        }

        var counts = new PairCounts(Words(texts, preTokenizer, byteIds));
        var merges = new List<Merge>();
        while (specials.Count + vocabulary.Count < vocabularySize && counts.MostFrequent() is { } pair)
        {
            int result = specials.Count + vocabulary.Count;
            vocabulary.Add(result, [.. vocabulary[pair.Left], .. vocabulary[pair.Right]]);
            merges.Add(new Merge(pair.Left, pair.Right, result));
            counts.Replace(pair.Left, pair.Right, result);
        }

        return new Tokenizer(new TokenizerParts(
            new Normalizer.Chain([]), preTokenizer, new ByteSymbols(vocabulary), vocabulary, merges, [.. specials.Select((content, id) => new AddedToken(id, content))]));
    }

    private static List<(int[] Ids, long Count)> Words(IEnumerable<string> texts, EnglishWords preTokenizer, int[] byteIds)
    {
        var counts = new Dictionary<string, long>();
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var ends = new List<int>();
        foreach (string text in texts)
        {
            ends.Clear();
            preTokenizer.Split(text, ends);
            int start = 0;
            foreach (int end in ends)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        // Sorted, because a dictionary's order is nobody's promise.
        return [.. counts.OrderBy(word => word.Key, StringComparer.Ordinal).Select(word => (Array.ConvertAll(Encoding.UTF8.GetBytes(word.Key), b => byteIds[b]), word.Value))];
    }
}
