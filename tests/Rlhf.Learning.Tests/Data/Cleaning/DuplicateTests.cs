using Rlhf.Learning.Data.Cleaning;

namespace Rlhf.Learning.Tests.Data.Cleaning;

public sealed class DuplicateTests
{
    [Theory]
    [InlineData(200, 0)]
    [InlineData(200, 20)]
    [InlineData(200, 100)]
    public void A_signature_estimates_the_jaccard_similarity_of_three_word_shingles(int words, int changed)
    {
        var left = Enumerable.Range(0, words).Select(i => $"w{i}").ToArray();
        var right = left.Select((word, i) => i < changed ? $"x{i}" : word).ToArray();
        var (a, b) = (Shingles(left), Shingles(right));
        var exact = (double)a.Intersect(b).Count() / a.Union(b).Count();

        var estimate = MinHash.Similarity(MinHash.Of(string.Join(' ', left)), MinHash.Of(string.Join(", ", right).ToUpperInvariant()));

        Assert.InRange(estimate, exact - 0.13, exact + 0.13); // three standard deviations
    }

    [Fact]
    public void Near_duplicates_are_found_and_others_are_not()
    {
        var window = new DuplicateWindow(1000, 0.8);
        var random = new Random(1);
        var texts = Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 60).Select(_ => $"w{random.Next(500)}").ToArray()).ToArray();
        foreach (var (i, text) in texts.Index())
        {
            Assert.Null(window.FindOrAdd($"{i}", string.Join(' ', text), string.Join(' ', text)));
        }

        // One word of 60 changed: at most 3 of 58 shingles differ, a similarity of at least 0.9.
        var near = texts.Index().Count(text => window.Find("other", string.Join(' ', text.Item.Select((word, i) => i == 30 ? "changed" : word))) == ($"{text.Index}", false));

        Assert.InRange(near, 198, 200); // missed with a probability below 0.001 each
        Assert.Equal(("7", true), window.Find(string.Join(' ', texts[7]), string.Join(' ', texts[7])));
    }

    [Fact]
    public void The_window_forgets_the_oldest_and_holds_no_more_than_it_may()
    {
        var window = new DuplicateWindow(3, 1);
        foreach (var text in (string[])["a", "b", "c", "d"])
        {
            Assert.Null(window.FindOrAdd(text, text, text));
        }

        Assert.Equal(1, window.Forgotten);
        Assert.Null(window.Find("a", "a"));
        Assert.Equal(("b", true), window.Find("b", "b"));
        Assert.Null(window.FindOrAdd("a", "a", "a"));
        Assert.Null(window.Find("b", "b"));
    }

    [Fact]
    public void The_window_finds_what_a_plain_list_of_the_newest_finds()
    {
        const int capacity = 16;
        var window = new DuplicateWindow(capacity, 1);
        List<string> plain = [];
        var random = new Random(2);
        for (var i = 0; i < 3000; i++)
        {
            var text = $"text {random.Next(40)}";
            var expected = plain.TakeLast(capacity).Contains(text);
            Assert.Equal(expected, window.FindOrAdd(text, text, text) is not null);
            if (!expected)
            {
                plain.Add(text);
            }
        }
    }

    private static HashSet<string> Shingles(string[] words) => [.. Enumerable.Range(0, words.Length - 2).Select(i => $"{words[i]} {words[i + 1]} {words[i + 2]}")];
}
