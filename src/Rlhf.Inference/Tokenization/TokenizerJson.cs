using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>Hugging Face's tokenizer.json, as far as it describes byte-level BPE.</summary>
internal static class TokenizerJson
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Far above any vocabulary, so that a wrong digit does not ask for gigabytes.
    private const int LargestId = 16_777_215;

    public static Tokenizer Parse(string json, string source)
    {
        JsonFields file = JsonFields.Parse(json, source);
        file.Expect("normalizer", "null");
        if (file.Has("decoder"))
            file.Object("decoder").Expect("type", "ByteLevel");
        JsonFields model = file.Object("model");
        model.Expect("type", "BPE");
        model.Expect("dropout", "null");
        model.Expect("byte_fallback", "false");
        model.Expect("ignore_merges", "false");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(model.OptionalString(affix)))
                model.Expect(affix, "null");
        }

        (Dictionary<int, byte[]> vocabulary, Dictionary<string, int> ids, List<(int, string)> special) = ReadVocabulary(file, model);
        List<Merge> merges = ReadMerges(model, ids);
        PreTokenizer preTokenizer = PreTokenizer.Parse(file.Object("pre_tokenizer"));
        try
        {
            return new Tokenizer(preTokenizer, vocabulary, merges, special);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }

    public static string Write(Tokenizer tokenizer)
    {
        var special = new JsonArray();
        foreach ((int id, string content) in tokenizer.Special)
        {
            special.Add(new JsonObject
            {
                ["id"] = id,
                ["content"] = content,
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
            ["pre_tokenizer"] = tokenizer.PreTokenizer.ToJson(),
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
                ["merges"] = new JsonArray([.. tokenizer.Merges.Select(merge => JsonValue.Create($"{Text(merge.Left)} {Text(merge.Right)}"))]),
            },
        };
        return file.ToJsonString(Layout) + "\n";

        string Text(int id) => ByteAlphabet.Text(tokenizer.Bytes(id));
    }

    private static (Dictionary<int, byte[]>, Dictionary<string, int>, List<(int, string)>) ReadVocabulary(JsonFields file, JsonFields model)
    {
        var special = new List<(int, string)>();
        var specialIds = new HashSet<int>();
        if (file.Has("added_tokens"))
        {
            if (file.Required("added_tokens") is not { ValueKind: JsonValueKind.Array } list)
                throw file.Wrong("added_tokens", "a list");
            foreach (JsonElement element in list.EnumerateArray())
            {
                JsonFields token = JsonFields.Of(element, $"{file.Source}, 'added_tokens'");
                int id = token.Int("id");
                string content = token.String("content");
                if (id is < 0 or > LargestId)
                    throw token.Wrong("id", $"from 0 to {LargestId}");
                if (!specialIds.Add(id))
                    throw token.Wrong("id", "another than the tokens before have");
                if (content.Length == 0 || special.Any(other => other.Item2 == content))
                    throw token.Wrong("content", "a text that no token before has");
                special.Add((id, content));
            }
        }

        JsonFields vocab = model.Object("vocab");
        var vocabulary = new Dictionary<int, byte[]>();
        var ids = new Dictionary<string, int>();
        foreach (JsonProperty entry in vocab.Root.EnumerateObject())
        {
            int id = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int number) && number is >= 0 and <= LargestId ? number
                : throw new InvalidDataException($"{vocab.Source}: '{entry.Name}' has the id {entry.Value.GetRawText()}; ids are whole numbers from 0 to {LargestId}.");
            ids[entry.Name] = id;
            if (specialIds.Contains(id))
                continue;
            byte[] bytes = ByteAlphabet.Bytes(entry.Name)
                ?? throw new InvalidDataException($"{vocab.Source}: '{entry.Name}' has a character that is no byte of the byte-level alphabet.");
            if (!vocabulary.TryAdd(id, bytes))
                throw new InvalidDataException($"{vocab.Source}: two entries have the id {id}, '{entry.Name}' among them.");
        }

        return (vocabulary, ids, special);
    }

    private static List<Merge> ReadMerges(JsonFields model, Dictionary<string, int> ids)
    {
        var merges = new List<Merge>();
        JsonElement list = model.Required("merges");
        if (list.ValueKind != JsonValueKind.Array)
            throw model.Wrong("merges", "a list");
        foreach (JsonElement element in list.EnumerateArray())
        {
            // Older files write a rule as "a b", newer ones as ["a", "b"].
            string[] sides = element.ValueKind == JsonValueKind.String ? element.GetString()!.Split(' ')
                : element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().Select(side => side.ToString())]
                : [];
            if (sides.Length != 2)
                throw new InvalidDataException($"{model.Source}: the merge {element.GetRawText()} is no pair of two entries.");
            merges.Add(new Merge(Id(sides[0]), Id(sides[1]), Id(sides[0] + sides[1])));

            int Id(string entry) => ids.TryGetValue(entry, out int id) ? id
                : throw new InvalidDataException($"{model.Source}: the merge {element.GetRawText()} needs the entry '{entry}', which the vocabulary lacks.");
        }

        return merges;
    }
}
