using System.Text.Json.Nodes;

namespace Rlhf.Inference.Tests;

public sealed class TokenizerFileTests
{
    [Fact]
    public void SavedAndLoaded_ItIsTheSameTokenizer()
    {
        using var folder = new ScratchFolder();
        TestModels.Tokenizer.Save(folder["tokenizer.json"]);
        Tokenizer again = Tokenizer.Load(folder["tokenizer.json"]);
        Assert.Equal(TestModels.Tokenizer.ToJson(), again.ToJson());
        Assert.Equal(TestModels.Tokenizer.SpecialTokens, again.SpecialTokens);
        foreach (string sentence in TestModels.Sentences)
            Assert.Equal(TestModels.Tokenizer.Encode(sentence + "👍 <|end|>", allowSpecial: true), again.Encode(sentence + "👍 <|end|>", allowSpecial: true));
    }

    [Fact]
    public void MergesAsPairs_AreUnderstood()
    {
        JsonNode file = File();
        JsonArray merges = file["model"]!["merges"]!.AsArray();
        file["model"]!["merges"] = new JsonArray([.. merges.Select(rule => new JsonArray([.. rule!.GetValue<string>().Split(' ').Select(side => JsonValue.Create(side))]))]);
        Assert.Equal(TestModels.Tokenizer.Encode("two lattes"), Tokenizer.Parse(file.ToJsonString(), "t").Encode("two lattes"));
    }

    [Fact]
    public void ASplitByARegularExpression_IsUnderstood_AndWrittenAgain()
    {
        JsonNode file = File();
        file["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
            """);
        Tokenizer split = Tokenizer.Parse(file.ToJsonString(), "t");
        Tokenizer again = Tokenizer.Parse(split.ToJson(), "t");
        foreach (string sentence in (string[])[.. TestModels.Sentences, "𐐀 like 👍🏽  it's", "a\n\n b"])
        {
            Assert.Equal(TestModels.Tokenizer.Encode(sentence), split.Encode(sentence));
            Assert.Equal(TestModels.Tokenizer.Encode(sentence), again.Encode(sentence));
        }
    }

    public static TheoryData<string, string, string> Broken => new()
    {
        { "$.normalizer", """{"type":"BertNormalizer"}""", "'BertNormalizer' is not supported" },
        { "$.model.type", "\"Unigram\"", "type is \"Unigram\"; supported is BPE" },
        { "$.model.byte_fallback", "true", "byte_fallback" },
        { "$.model.dropout", "0.1", "dropout" },
        { "$.model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix" },
        { "$.pre_tokenizer", """{"type":"Whitespace"}""", "'Whitespace' is not supported" },
        { "$.pre_tokenizer.add_prefix_space", "true", "add_prefix_space" },
        { "$.decoder.type", "\"WordPiece\"", "WordPiece" },
        { "$.model.merges", "[\"a b c\"]", "is no pair" },
        { "$.model.merges", "[\"ĉ zzz\"]", "needs the entry 'zzz'" },
        { "$.model.merges", "7", "'merges' is 7; it must be a list" },
        { "$.model.vocab", """{"a":0}""", "" },
        { "$.model.vocab", """{"好":9}""", "no byte of the byte-level alphabet" },
        { "$.model.vocab", """{"a":-5}""", "has the id -5" },
        { "$.model.vocab", """{"a":9,"b":9}""", "two entries have the id 9" },
        { "$.added_tokens", """[{"id":0,"content":"x"},{"id":0,"content":"y"}]""", "'id'" },
        { "$.model", "null", "'model' is missing" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void WhatIsNotSupported_IsNamed(string path, string value, string message)
    {
        JsonNode file = File();
        string[] keys = path.Split('.')[1..];
        JsonNode parent = keys.SkipLast(1).Aggregate(file, (node, key) => node[key]!);
        parent[keys[^1]] = JsonNode.Parse(value);
        if (keys[^1] == "vocab")
            file["model"]!["merges"] = new JsonArray();
        string text = Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(file.ToJsonString(), "some/tokenizer.json")).Message;
        Assert.Contains(message, text);
        Assert.StartsWith("some/tokenizer.json", text);
    }

    [Fact]
    public void WhatIsNotJson_IsRefused() =>
        Assert.Contains("t is not JSON", Assert.Throws<InvalidDataException>(() => Tokenizer.Parse("{\"model\":", "t")).Message);

    private static JsonNode File() => JsonNode.Parse(TestModels.Tokenizer.ToJson())!;
}
