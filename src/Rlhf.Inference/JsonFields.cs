using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>One JSON object whose fields are read with errors that name the file, the field and the value.</summary>
internal sealed class JsonFields(JsonElement root, string source)
{
    public string Source => source;

    public JsonElement Root => root;

    public static JsonFields Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Of(document.RootElement.Clone(), source);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source} is not JSON: {e.Message}", e);
        }
    }

    public static JsonFields Of(JsonElement element, string source) =>
        element.ValueKind == JsonValueKind.Object
            ? new JsonFields(element, source)
            : throw new InvalidDataException($"{source}: expected a JSON object, found {Shown(element)}.");

    public bool Has(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement Required(string name) =>
        Has(name) ? root.GetProperty(name) : throw new InvalidDataException($"{source}: '{name}' is missing.");

    public JsonFields Object(string name) => Of(Required(name), $"{source}, '{name}'");

    public int Int(string name) => OptionalInt(name) ?? throw new InvalidDataException($"{source}: '{name}' is missing; a whole number is needed.");

    public int? OptionalInt(string name) => !Has(name) ? null
        : root.GetProperty(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number
        : throw Wrong(name, "a whole number");

    public double? OptionalDouble(string name) => !Has(name) ? null
        : root.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble()
        : throw Wrong(name, "a number");

    public bool? OptionalBool(string name) => !Has(name) ? null
        : root.GetProperty(name).ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => throw Wrong(name, "true or false") };

    public string? OptionalString(string name) => !Has(name) ? null
        : root.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()
        : throw Wrong(name, "a string");

    public string String(string name) => OptionalString(name) ?? throw new InvalidDataException($"{source}: '{name}' is missing; a string is needed.");

    /// <summary>One number or a list of them; empty when absent.</summary>
    public int[] Ints(string name)
    {
        if (!Has(name))
            return [];
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind == JsonValueKind.Number)
            return [Int(name)];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, "a whole number or a list of them");
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) ? number : throw Wrong(name, "a list of whole numbers"))];
    }

    /// <summary>Refuses a value that this library does not know; an absent one is fine.</summary>
    public void Expect(string name, string supported)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
            return;
        string found = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (found != supported && !(value.ValueKind == JsonValueKind.Null && supported == "false"))
            throw new InvalidDataException($"{source}: {name} is {Shown(value)}; supported is {supported}.");
    }

    public InvalidDataException Wrong(string name, string right) => new($"{source}: '{name}' is {Shown(root.GetProperty(name))}; it must be {right}.");

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..57] + "...";
    }
}
