using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>The keywords of a JSON schema, and how their values are read.</summary>
internal static class SchemaKeywords
{
    private static readonly string[] OfObjects = ["properties", "required", "additionalProperties"];
    private static readonly string[] OfArrays = ["items", "prefixItems", "minItems", "maxItems"];
    private static readonly string[] OfStrings = ["minLength", "maxLength", "pattern", "format"];
    private static readonly string[] OfNumbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    private static readonly string[] Annotations = ["title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions"];
    private static readonly HashSet<string> All = [.. Supported, .. Annotations];

    /// <summary>JSON's types as schemas name them.</summary>
    public static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>The keywords that hold a reply to something.</summary>
    public static IEnumerable<string> Supported => ["type", "enum", "const", "anyOf", "$ref", .. OfObjects, .. OfArrays, .. OfStrings, .. OfNumbers];

    public static string[]? TypesOf(JsonElement schema, string path)
    {
        if (!schema.TryGetProperty("type", out JsonElement type))
            return null;
        string place = At(path, "type");
        string[] types = [.. (type.ValueKind == JsonValueKind.Array ? List(type, place, "a type or a list of types") : [type]).Select(each => TextOf(each, place))];
        string? wrong = types.Except(Types).FirstOrDefault();
        return wrong is null ? types : throw new SchemaException(place, $"must be one of {string.Join(", ", Types)}, or a list of them, not '{wrong}'.");
    }

    public static string[] Implied(JsonElement schema)
    {
        (string[] Keywords, string Type)[] kinds = [(OfObjects, "object"), (OfArrays, "array"), (OfStrings, "string"), (OfNumbers, "number")];
        return [.. kinds.Where(kind => kind.Keywords.Any(keyword => schema.TryGetProperty(keyword, out _))).Select(kind => kind.Type)];
    }

    public static void CheckKeywords(JsonElement schema, string path)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            if (!All.Contains(keyword.Name))
                throw new SchemaException(At(path, keyword.Name), $"is not supported; supported are {string.Join(", ", Supported)}.");
        }
    }

    public static void RefuseBeside(JsonElement schema, string path, string keyword, params string[] allowed)
    {
        foreach (JsonProperty other in schema.EnumerateObject())
        {
            if (other.Name != keyword && !Annotations.Contains(other.Name) && !allowed.Contains(other.Name))
                throw new SchemaException(At(path, other.Name), $"is not supported beside '{keyword}'.");
        }
    }

    public static int? Count(JsonElement schema, string path, string keyword) =>
        !schema.TryGetProperty(keyword, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 0 ? count
        : throw new SchemaException(At(path, keyword), $"must be a whole number of at least 0, not {Show(value)}.");

    public static IReadOnlyList<JsonElement> List(JsonElement value, string path, string expected) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? [.. value.EnumerateArray()]
        : value.ValueKind == JsonValueKind.Array && path.EndsWith("required", StringComparison.Ordinal) ? []
        : throw new SchemaException(path, $"must be {expected}, not {Show(value)}.");

    public static string TextOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new SchemaException(path, $"must be a text, not {Show(value)}.");

    public static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number == Math.Floor(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    public static int HeightOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(property => HeightOf(property.Value)).DefaultIfEmpty(0).Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(HeightOf).DefaultIfEmpty(0).Max(),
        _ => 0,
    };

    public static string Encoded(string name) => $"\"{JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    public static string At(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Show(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "…";
    }
}
