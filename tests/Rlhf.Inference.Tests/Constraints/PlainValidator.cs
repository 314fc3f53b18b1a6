using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rlhf.Inference.Tests.Constraints;

/// <summary>Whether JSON holds to a schema: the definition, keyword by keyword, on values that were parsed.</summary>
internal sealed class PlainValidator(JsonElement document)
{
    public static bool Holds(string schema, string text)
    {
        using JsonDocument parsedSchema = JsonDocument.Parse(schema);
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(text);
            return new PlainValidator(parsedSchema.RootElement).Holds(parsedSchema.RootElement, parsed.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool Holds(JsonElement schema, JsonElement value) =>
        schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().All(keyword => Holds(schema, keyword.Name, keyword.Value, value)));

    private bool Holds(JsonElement schema, string keyword, JsonElement asked, JsonElement value) => keyword switch
    {
        "type" => asked.ValueKind == JsonValueKind.Array ? asked.EnumerateArray().Any(type => IsOf(type.GetString()!, value)) : IsOf(asked.GetString()!, value),
        "const" => JsonElement.DeepEquals(asked, value),
        "enum" => asked.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
        "anyOf" => asked.EnumerateArray().Any(one => Holds(one, value)),
        "$ref" => Holds(Find(asked.GetString()!), value),
        _ => value.ValueKind switch
        {
            JsonValueKind.Object => HoldsObject(schema, keyword, asked, value),
            JsonValueKind.Array => HoldsArray(schema, keyword, asked, value),
            JsonValueKind.String => HoldsText(keyword, asked, value.GetString()!),
            JsonValueKind.Number => HoldsNumber(keyword, asked, value),
            _ => true,
        },
    };

    private bool HoldsObject(JsonElement schema, string keyword, JsonElement asked, JsonElement value) => keyword switch
    {
        "properties" => value.EnumerateObject().All(property => !asked.TryGetProperty(property.Name, out JsonElement own) || Holds(own, property.Value)),
        "required" => asked.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
        "additionalProperties" => value.EnumerateObject().All(property =>
            (schema.TryGetProperty("properties", out JsonElement named) && named.TryGetProperty(property.Name, out _)) || Holds(asked, property.Value)),
        _ => true,
    };

    private bool HoldsArray(JsonElement schema, string keyword, JsonElement asked, JsonElement value)
    {
        int count = value.GetArrayLength();
        int prefix = schema.TryGetProperty("prefixItems", out JsonElement first) ? first.GetArrayLength() : 0;
        return keyword switch
        {
            "prefixItems" => asked.EnumerateArray().Zip(value.EnumerateArray()).All(pair => Holds(pair.First, pair.Second)),
            "items" => value.EnumerateArray().Skip(prefix).All(element => Holds(asked, element)),
            "minItems" => count >= asked.GetInt32(),
            "maxItems" => count <= asked.GetInt32(),
            _ => true,
        };
    }

    private static bool HoldsText(string keyword, JsonElement asked, string text) => keyword switch
    {
        "minLength" => text.EnumerateRunes().Count() >= asked.GetInt32(),
        "maxLength" => text.EnumerateRunes().Count() <= asked.GetInt32(),
        "pattern" => Regex.IsMatch(text, asked.GetString()!) && Regex.IsMatch(text, asked.GetString()!, RegexOptions.ECMAScript),
        "format" => asked.GetString() switch
        {
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "time" => DateTimeOffset.TryParse("2000-01-01T" + text, CultureInfo.InvariantCulture, out _),
            "date-time" => text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "email" => MailAddress.TryCreate(text, out MailAddress? address) && address.Address == text,
            _ => false,
        },
        _ => true,
    };

    private static bool HoldsNumber(string keyword, JsonElement asked, JsonElement value) => keyword switch
    {
        "minimum" => value.GetDouble() >= asked.GetDouble(),
        "maximum" => value.GetDouble() <= asked.GetDouble(),
        "exclusiveMinimum" => value.GetDouble() > asked.GetDouble(),
        "exclusiveMaximum" => value.GetDouble() < asked.GetDouble(),
        "multipleOf" => value.GetDecimal() % asked.GetDecimal() == 0,
        _ => true,
    };

    private JsonElement Find(string pointer) => pointer.Split('/').Skip(1).Aggregate(document, (at, part) => at.GetProperty(part.Replace("~1", "/")));

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
