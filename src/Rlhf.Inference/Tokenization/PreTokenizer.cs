using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Inference;

/// <summary>Cuts text into the pieces within which byte pairs are merged.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Adds the end of each piece to <paramref name="ends"/>; the pieces cover the text.</summary>
    public abstract void Split(string text, List<int> ends);

    /// <summary>The <c>pre_tokenizer</c> value of a tokenizer.json.</summary>
    public abstract JsonNode ToJson();

    /// <summary>Reads the <c>pre_tokenizer</c> value: ByteLevel, or a Split by a regular expression before it.</summary>
    public static PreTokenizer Parse(JsonFields fields)
    {
        string type = fields.String("type");
        if (type == "ByteLevel")
        {
            CheckByteLevel(fields);
            return fields.OptionalBool("use_regex") ?? true ? new EnglishWords() : new RegexPieces("[\\s\\S]+");
        }

        if (type != "Sequence")
            throw new InvalidDataException($"{fields.Source}: the type '{type}' is not supported; supported are ByteLevel, and Sequence of Split and ByteLevel.");
        JsonElement list = fields.Required("pretokenizers");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != 2)
            throw new InvalidDataException($"{fields.Source}: a Sequence must be one Split and one ByteLevel.");
        JsonFields split = JsonFields.Of(list[0], fields.Source);
        JsonFields bytes = JsonFields.Of(list[1], fields.Source);
        split.Expect("type", "Split");
        split.Expect("behavior", "Isolated");
        split.Expect("invert", "false");
        bytes.Expect("type", "ByteLevel");
        bytes.Expect("use_regex", "false");
        CheckByteLevel(bytes);
        return new RegexPieces(split.Object("pattern").String("Regex"));
    }

    protected static JsonObject ByteLevel(bool useRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = useRegex,
    };

    private static void CheckByteLevel(JsonFields fields) => fields.Expect("add_prefix_space", "false");
}
