using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>What a tokenizer puts in front of a text that is read on its own, and behind it; <c>post_processor</c> in a tokenizer.json.</summary>
internal static class PostProcessor
{
    /// <summary>The ids in front and behind.</summary>
    /// <exception cref="InvalidDataException">The type, or a setting of it, is not supported.</exception>
    public static (int[] Before, int[] Behind) Parse(JsonFields file) => file.Has("post_processor") ? Parse(file.Object("post_processor"), file) : ([], []);

    private static (int[] Before, int[] Behind) Parse(JsonFields fields, JsonFields file)
    {
        switch (fields.String("type"))
        {
            case "ByteLevel":
                return ([], []);
            case "TemplateProcessing":
                return Template(fields);
            case "Sequence":
                (int[] Before, int[] Behind) all = ([], []);
                foreach (JsonElement element in List(fields, "processors"))
                {
                    (int[] before, int[] behind) = Parse(JsonFields.Of(element, fields.Source), file);
                    all = ([.. before, .. all.Before], [.. all.Behind, .. behind]);
                }

                return all;
            case var type:
                throw new InvalidDataException($"{fields.Source}: the type '{type}' is not supported; supported are ByteLevel, TemplateProcessing and Sequence.");
        }
    }

    private static (int[] Before, int[] Behind) Template(JsonFields fields)
    {
        var before = new List<int>();
        var behind = new List<int>();
        bool seen = false;
        foreach (JsonElement element in List(fields, "single"))
        {
            JsonFields part = JsonFields.Of(element, fields.Source);
            if (part.Has("Sequence") && !seen)
                seen = true;
            else if (part.Has("SpecialToken"))
                (seen ? behind : before).AddRange(fields.Object("special_tokens").Object(part.Object("SpecialToken").String("id")).Ints("ids"));
            else
                throw new InvalidDataException($"{fields.Source}: 'single' holds {element.GetRawText()}; supported are one Sequence and SpecialTokens.");
        }

        return seen ? ([.. before], [.. behind]) : throw fields.Wrong("single", "a template with a Sequence");
    }

    private static JsonElement.ArrayEnumerator List(JsonFields fields, string name) =>
        fields.Required(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : throw fields.Wrong(name, "a list");
}
