using System.Text.Json.Nodes;

namespace Rlhf.Inference.Tests.Constraints;

/// <summary>Schemas drawn at random, of all keywords; the same for the same seed.</summary>
internal sealed class RandomSchema(int seed)
{
    private static readonly string[] Names = ["name", "größe", "a\"b", "tags", "na", "line\nbreak", "x", "名"];
    private static readonly string[] Patterns = ["^[a-z]{2,4}$", "ab+", "^(?:\\d{3}-)?\\w+$", "^[^\"\\\\x]{1,5}$", "é|^z", "^.{0,4}$", "\\S\\s\\S", "^(a|b|cd)*$"];
    private static readonly string[] Formats = ["date", "time", "date-time", "uuid", "email"];
    private readonly Random _random = new(seed);

    /// <summary>A schema, and at times a definition that it and its parts refer to.</summary>
    public string Next()
    {
        JsonObject schema = Any(3);
        schema["$defs"] = new JsonObject { ["node"] = Tree() };
        return schema.ToJsonString();
    }

    private JsonObject Any(int depth) => _random.Next(depth == 0 ? 6 : 10) switch
    {
        0 => Text(),
        1 => Number(),
        2 => new JsonObject { ["type"] = _random.Next(2) == 0 ? "boolean" : "null" },
        3 => new JsonObject { ["enum"] = new JsonArray("red", "a\\b\u0001", 7, -2.5, null, true, new JsonObject { ["k"] = new JsonArray(1) }) },
        4 => new JsonObject { ["type"] = new JsonArray("integer", "null"), ["minimum"] = _random.Next(-200, 100), ["description"] = "or nothing" },
        5 => new JsonObject { ["$ref"] = "#/$defs/node" },
        6 => new JsonObject { ["anyOf"] = new JsonArray(Any(depth - 1), Any(depth - 1)) },
        7 => Array(depth),
        _ => Object(depth),
    };

    private JsonObject Object(int depth)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (string name in Names.Where(_ => _random.Next(3) == 0))
        {
            properties[name] = Any(depth - 1);
            if (_random.Next(2) == 0)
                required.Add(name);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        switch (_random.Next(4))
        {
            case 0:
                schema["additionalProperties"] = false;
                break;
            case 1:
                schema["additionalProperties"] = Number();
                break;
            case 2 when depth > 1:
                schema["additionalProperties"] = true;
                break;
        }

        return schema;
    }

    private JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array", ["minItems"] = _random.Next(3), ["maxItems"] = 3 + _random.Next(3) };
        if (_random.Next(2) == 0)
            schema["prefixItems"] = new JsonArray(Any(depth - 1), Any(depth - 1));
        schema["items"] = Any(depth - 1);
        return schema;
    }

    private JsonObject Text()
    {
        var schema = new JsonObject { ["type"] = "string" };
        int kind = _random.Next(5);
        if (kind == 0)
            schema["format"] = Formats[_random.Next(Formats.Length)];
        if (kind is 1 or 2)
            schema["pattern"] = Patterns[_random.Next(Patterns.Length)];
        if (kind is 2 or 3)
            (schema["minLength"], schema["maxLength"]) = (_random.Next(3), 3 + _random.Next(40));
        return schema;
    }

    private JsonObject Number()
    {
        var schema = new JsonObject { ["type"] = _random.Next(2) == 0 ? "integer" : "number" };
        int kind = _random.Next(5);
        double low = Math.Round((_random.NextDouble() * 400) - 200, _random.Next(4));
        if (kind is 1 or 2)
            schema[_random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        if (kind is 2 or 3)
            schema[_random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = Math.Round(low + 2 + (_random.NextDouble() * 300), _random.Next(3));
        if (kind == 4)
            schema["multipleOf"] = _random.Next(2) == 0 ? 0.01m : _random.Next(1, 30);
        return schema;
    }

    private JsonObject Tree() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { ["value"] = Number(), ["left"] = Link(), ["right"] = Link() },
        ["required"] = new JsonArray("value", "left"),
        ["additionalProperties"] = false,
    };

    private static JsonObject Link() => new() { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/$defs/node" }, new JsonObject { ["type"] = "null" }) };
}
