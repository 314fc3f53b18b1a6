namespace Rlhf.Inference.Tests;

public sealed class BpeTrainerTests
{
    [Fact]
    public void Merges_AreThoseOfTheDefinition()
    {
        Assert.Equal(SlowMerges(TestModels.Sentences, 60), Merges(BpeTrainer.Train(TestModels.Sentences, 256 + 60, [])));
    }

    [Fact]
    public void Merges_OfRepeatedLetters_AreThoseOfTheDefinition()
    {
        string[] texts = ["aaaa aaab aabb abab abab", "aaaaaaa bbbbb ababab aab"];
        Assert.Equal(SlowMerges(texts, 7), Merges(BpeTrainer.Train(texts, 256 + 7, [])));
    }

    [Fact]
    public void Specials_GetTheFirstIds_AndBytesFollow()
    {
        Tokenizer tokenizer = BpeTrainer.Train(["a b"], 300, ["<x>", "<y>"]);
        Assert.Equal((0, 1), (tokenizer.SpecialId("<x>"), tokenizer.SpecialId("<y>")));
        Assert.Equal(2, tokenizer.Encode("!")[0]);
        // No pair occurs twice, so nothing is merged.
        Assert.Equal(258, tokenizer.VocabularySize);
    }

    [Fact]
    public void TheSameTexts_GiveTheSameVocabulary() =>
        Assert.Equal(BpeTrainer.Train(TestModels.Sentences, 350, []).ToJson(), BpeTrainer.Train(TestModels.Sentences.Reverse(), 350, []).ToJson());

    [Fact]
    public void AVocabularyWithoutRoomForTheBytes_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Train([], 260, ChatTemplate.Specials));

    private static string[] Merges(Tokenizer tokenizer)
    {
        using var json = System.Text.Json.JsonDocument.Parse(tokenizer.ToJson());
        return [.. json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(rule => rule.GetString()!)];
    }

    // Counts every pair of the corpus anew for each merge; ties by the ids, which follow the alphabet and then the order of merging.
    private static string[] SlowMerges(IEnumerable<string> texts, int count)
    {
        List<string> ids = [.. Enumerable.Range(0, 256).Select(b => SlowBytePairs.Letter((byte)b)).Order().Select(letter => letter.ToString())];
        var merges = new List<(string Left, string Right)>();
        string[] pieces = [.. texts.SelectMany(text => System.Text.RegularExpressions.Regex.Matches(text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+").Select(match => match.Value))];
        while (merges.Count < count)
        {
            var slow = new SlowBytePairs(merges);
            (string Left, string Right) best = pieces.SelectMany(piece => Neighbours(slow.Encode(piece))).GroupBy(pair => pair)
                .OrderByDescending(pair => pair.Count()).ThenBy(pair => ids.IndexOf(pair.Key.Item1)).ThenBy(pair => ids.IndexOf(pair.Key.Item2)).First().Key;
            merges.Add(best);
            ids.Add(best.Left + best.Right);
        }

        return [.. merges.Select(merge => $"{merge.Left} {merge.Right}")];
    }

    private static IEnumerable<(string, string)> Neighbours(List<string> parts) => parts.Zip(parts.Skip(1));
}
