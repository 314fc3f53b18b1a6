using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>Writes a tokenizer that was trained here as a tokenizer.json that other tools read.</summary>
internal static class TrainedTokenizerJson
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Tokenizer tokenizer)
    {
        var special = new JsonArray();
        foreach (AddedToken token in tokenizer.Parts.Added)
        {
            special.Add(new JsonObject
            {
                ["id"] = token.Id,
                ["content"] = token.Content,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            });
        }

        var vocabulary = new JsonObject();
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (tokenizer.IsSpecial(id))
                vocabulary[tokenizer.Decode([id], skipSpecial: false)] = id;
            else if (tokenizer.Knows(id))
                vocabulary[Text(id)] = id;
        }

        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = special,
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. tokenizer.Parts.Merges.Select(merge => JsonValue.Create($"{Text(merge.Left)} {Text(merge.Right)}"))]),
            },
        };
        return file.ToJsonString(Layout) + "\n";

        string Text(int id) => ByteAlphabet.Text(tokenizer.Bytes(id));
    }
}
