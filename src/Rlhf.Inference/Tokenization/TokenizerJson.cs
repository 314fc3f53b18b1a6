using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>Reads Hugging Face's tokenizer.json, as far as it describes BPE over bytes or over characters with bytes to fall back on.</summary>
internal static class TokenizerJson
{
    // Far above any vocabulary, so that a wrong digit does not ask for gigabytes.
    private const int LargestId = 16_777_215;

    public static Tokenizer Parse(string json, string source)
    {
        JsonFields file = JsonFields.Parse(json, source);
        JsonFields model = file.Object("model");
        model.Expect("type", "BPE");
        model.Expect("dropout", "null");
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(model.OptionalString(affix)))
                model.Expect(affix, "null");
        }

        PreTokenizer preTokenizer = PreTokenizer.Parse(file, out bool byteLevel);
        model.Expect("byte_fallback", byteLevel ? "false" : "true");
        Normalizer normalizer = Normalizer.Parse(file, "normalizer");
        List<AddedToken> added = ReadAdded(file);
        (Dictionary<int, byte[]> vocabulary, Dictionary<string, int> ids) = ReadVocabulary(model, byteLevel, [.. added.Select(token => token.Id)]);
        List<Merge> merges = ReadMerges(model, ids);
        (int[] before, int[] behind) = PostProcessor.Parse(file);
        try
        {
            Symbols symbols = byteLevel ? new ByteSymbols(vocabulary) : new CharacterSymbols(ids);
            return new Tokenizer(new TokenizerParts(normalizer, preTokenizer, symbols, vocabulary, merges, added)
            {
                WholePieces = model.OptionalBool("ignore_merges") ?? false ? ids.Where(entry => vocabulary.ContainsKey(entry.Value)).ToDictionary() : null,
                Before = before,
                Behind = behind,
                DropsLeadingBlank = TokenizerDecoder.DropsLeadingBlank(file, byteLevel),
                Json = json,
            });
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }

    private static List<AddedToken> ReadAdded(JsonFields file)
    {
        var added = new List<AddedToken>();
        if (!file.Has("added_tokens"))
            return added;
        if (file.Required("added_tokens") is not { ValueKind: JsonValueKind.Array } list)
            throw file.Wrong("added_tokens", "a list");
        var ids = new HashSet<int>();
        var contents = new HashSet<string>();
        foreach (JsonElement element in list.EnumerateArray())
        {
            JsonFields token = JsonFields.Of(element, $"{file.Source}, 'added_tokens'");
            int id = token.Int("id");
            string content = token.String("content");
            if (id is < 0 or > LargestId)
                throw token.Wrong("id", $"from 0 to {LargestId}");
            if (!ids.Add(id))
                throw token.Wrong("id", "another than the tokens before have");
            if (content.Length == 0 || !contents.Add(content))
                throw token.Wrong("content", "a text that no token before has");
            added.Add(new AddedToken(id, content, Flag("special", true), Flag("lstrip", false), Flag("rstrip", false), Flag("single_word", false)));

            bool Flag(string name, bool absent) => token.OptionalBool(name) ?? absent;
        }

        return added;
    }

    private static (Dictionary<int, byte[]>, Dictionary<string, int>) ReadVocabulary(JsonFields model, bool byteLevel, HashSet<int> added)
    {
        JsonFields vocab = model.Object("vocab");
        var vocabulary = new Dictionary<int, byte[]>();
        var ids = new Dictionary<string, int>();
        foreach (JsonProperty entry in vocab.Root.EnumerateObject())
        {
            int id = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int number) && number is >= 0 and <= LargestId ? number
                : throw new InvalidDataException($"{vocab.Source}: '{entry.Name}' has the id {entry.Value.GetRawText()}; ids are whole numbers from 0 to {LargestId}.");
            ids[entry.Name] = id;
            if (added.Contains(id))
                continue;
            byte[] bytes = (byteLevel ? ByteAlphabet.Bytes(entry.Name) : CharacterSymbols.Bytes(entry.Name))
                ?? throw new InvalidDataException($"{vocab.Source}: '{entry.Name}' has a character that is no byte of the byte-level alphabet.");
            if (!vocabulary.TryAdd(id, bytes))
                throw new InvalidDataException($"{vocab.Source}: two entries have the id {id}, '{entry.Name}' among them.");
        }

        return (vocabulary, ids);
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
