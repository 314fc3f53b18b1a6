using System.Text.Encodings.Web;
using System.Text.Json;
using static Rlhf.Inference.SchemaKeywords;

namespace Rlhf.Inference;

/// <summary>
/// Reads a JSON schema: <see cref="SchemaKeywords.Supported"/> are those that replies can be held to, all others are refused. What a schema leaves open is
/// drawn narrower than it would be accepted: without a <c>type</c> that which its keywords speak of, without <c>additionalProperties</c> the
/// properties that it names.
/// </summary>
internal sealed class SchemaReader
{
    private const int DeepestSchema = 64;
    private const int MostShapes = 5_000;
    private const int MostConstants = 1_000;
    private const int MostConstantBytes = 256 * 1024;
    private const int MostCharacters = 1_000_000;
    private const int LongestName = 256;
    private const int MostStates = 10_000;
    private const int LeastStates = 50;
    private const int LongestPattern = 1_000;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Grammar _grammar;
    private readonly JsonElement _document;
    private readonly SchemaNumbers _numbers;
    private readonly List<Shape> _shapes = [];
    private readonly Dictionary<string, ChoiceShape> _references = [];
    private readonly Queue<(string Pointer, ChoiceShape Shape)> _unread = new();
    private Shape? _any;
    private int _constants;
    private int _constantBytes;
    private int _statesLeft = MostStates;

    private SchemaReader(Grammar grammar, JsonElement document) => (_grammar, _document, _numbers) = (grammar, document, new SchemaNumbers(grammar));

    /// <summary>What a schema asks for.</summary>
    /// <exception cref="SchemaException">It is wrong, asks for nothing that there is, or for what is not supported.</exception>
    public static Shape Read(Grammar grammar, JsonElement schema)
    {
        var reader = new SchemaReader(grammar, schema);
        try
        {
            return reader.ReadDocument();
        }
        catch (InvalidOperationException)
        {
            throw new SchemaException("", "holds a text that is not valid Unicode.");
        }
    }

    /// <summary>Any object.</summary>
    public static Shape ReadAnyObject(Grammar grammar)
    {
        var reader = new SchemaReader(grammar, default);
        Shape shape = reader.AnyOf("object");
        Shape.Settle(reader._shapes);
        return shape;
    }

    private Shape ReadDocument()
    {
        Shape root = ReadSchema(_document, "", 0);
        while (_unread.TryDequeue(out (string Pointer, ChoiceShape Shape) next))
        {
            (JsonElement target, string path) = Find(next.Pointer);
            next.Shape.Options.Add(ReadSchema(target, path, 0));
        }

        var seen = new HashSet<ChoiceShape>();
        foreach ((string pointer, ChoiceShape shape) in _references)
            RefuseCircle(shape, pointer, [], seen);
        Shape.Settle(_shapes);
        if (!root.IsPossible)
            throw new SchemaException("", $"is satisfied by nothing that is at most {Shape.DeepestNesting} objects and arrays deep; look for limits that are the wrong way round, or for a required property that leads back to its own schema.");
        return root;
    }

    private Shape ReadSchema(JsonElement schema, string path, int level)
    {
        if (level > DeepestSchema)
            throw new SchemaException(path, $"is nested too deep; at most {DeepestSchema} schemas may be within one another.");
        if (_shapes.Count > MostShapes)
            throw new SchemaException(path, $"makes the schema too large; at most {MostShapes:N0} schemas may be in one.");
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                return Any();
            case JsonValueKind.False:
                return Text(Node.Nothing);
            case JsonValueKind.Object:
                break;
            default:
                throw new SchemaException(path, $"must be a schema, an object or true or false, not {Show(schema)}.");
        }

        CheckKeywords(schema, path);
        if (schema.TryGetProperty("$ref", out JsonElement reference))
            return Alone(schema, path, "$ref", Reference(reference, At(path, "$ref")));
        if (schema.TryGetProperty("anyOf", out JsonElement options))
            return Alone(schema, path, "anyOf", AnyOf(options, At(path, "anyOf"), level));
        if (schema.TryGetProperty("const", out JsonElement constant))
            return Constants(schema, path, "const", [constant]);
        if (schema.TryGetProperty("enum", out JsonElement values))
            return Constants(schema, path, "enum", List(values, At(path, "enum"), "a list of values"));
        string[] types = TypesOf(schema, path) ?? Implied(schema);
        if (types.Length == 0)
            return Any();
        var choice = Add(new ChoiceShape());
        foreach (string type in types)
            choice.Options.Add(OfType(type, schema, path, level));
        return choice;
    }

    private Shape OfType(string type, JsonElement schema, string path, int level) => type switch
    {
        "object" => ReadObject(schema, path, level),
        "array" => ReadArray(schema, path, level),
        "string" => ReadString(schema, path),
        "number" or "integer" => Text(_grammar.Lexeme(_numbers.Read(schema, path, whole: type == "integer"))),
        "boolean" => Text(_grammar.Choice(_grammar.Literal("true"u8, Node.End), _grammar.Literal("false"u8, Node.End))),
        _ => Text(_grammar.Literal("null"u8, Node.End)),
    };

    private ObjectShape ReadObject(JsonElement schema, string path, int level)
    {
        ObjectShape shape = Add(new ObjectShape());
        var required = new HashSet<string>();
        if (schema.TryGetProperty("required", out JsonElement names))
        {
            foreach (JsonElement name in List(names, At(path, "required"), "a list of names"))
                required.Add(TextOf(name, At(path, "required")));
        }

        var named = new List<string>();
        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            string place = At(path, "properties");
            if (properties.ValueKind != JsonValueKind.Object)
                throw new SchemaException(place, $"must be an object of schemas, not {Show(properties)}.");
            foreach (JsonProperty property in properties.EnumerateObject())
            {
                string own = At(place, property.Name);
                if (property.Name.Length > LongestName)
                    throw new SchemaException(own, $"has a name of {property.Name.Length} characters; at most {LongestName} are allowed.");
                if (named.Contains(property.Name))
                    throw new SchemaException(own, "is there twice.");
                named.Add(property.Name);
                shape.Add(Encoded(property.Name), ReadSchema(property.Value, own, level + 1), required.Contains(property.Name));
            }
        }

        if (required.Except(named).FirstOrDefault() is { } missing)
            throw new SchemaException(At(path, "required"), $"names '{missing}', which is not in 'properties'.");
        bool open = schema.TryGetProperty("additionalProperties", out JsonElement additional) ? additional.ValueKind != JsonValueKind.False : named.Count == 0;
        if (open)
        {
            shape.Additional = additional.ValueKind == JsonValueKind.Undefined ? Any() : ReadSchema(additional, At(path, "additionalProperties"), level + 1);
            Node name = JsonCharacters.AnyTextBut(_grammar, [.. named.Select(text => text.EnumerateRunes().Select(rune => rune.Value).ToArray())]);
            shape.AdditionalName = _grammar.Lexeme(JsonCharacters.Quoted(_grammar, name));
        }

        return shape;
    }

    private ArrayShape ReadArray(JsonElement schema, string path, int level)
    {
        var prefix = new List<Shape>();
        if (schema.TryGetProperty("prefixItems", out JsonElement first))
        {
            foreach ((int index, JsonElement element) in List(first, At(path, "prefixItems"), "a list of schemas").Index())
                prefix.Add(ReadSchema(element, $"{At(path, "prefixItems")}[{index}]", level + 1));
        }

        var shape = Add(new ArrayShape(prefix, Count(schema, path, "minItems") ?? 0, Count(schema, path, "maxItems") ?? int.MaxValue));
        shape.Items = schema.TryGetProperty("items", out JsonElement items) ? ReadSchema(items, At(path, "items"), level + 1) : prefix.Count == 0 ? Any() : null;
        return shape;
    }

    private TextShape ReadString(JsonElement schema, string path)
    {
        (int least, int most) = (Count(schema, path, "minLength") ?? 0, Count(schema, path, "maxLength") ?? int.MaxValue);
        if (least > MostCharacters)
            throw new SchemaException(At(path, "minLength"), $"must be at most {MostCharacters:N0}, not {least}.");
        // What an automaton was worked out from is needed no more.
        var scratch = new Grammar();
        Node? text = null;
        foreach (string keyword in (string[])["pattern", "format"])
        {
            if (!schema.TryGetProperty(keyword, out JsonElement value))
                continue;
            Node read = keyword == "pattern" ? Pattern(scratch, value, At(path, keyword)) : Format(scratch, value, At(path, keyword));
            text = text is null ? read : scratch.Both(text, read);
        }

        if (text is not null && (least > 0 || most < int.MaxValue))
            text = scratch.Both(text, Lengths(scratch, least, most));
        return Text(_grammar.Lexeme(JsonCharacters.Quoted(_grammar, text is null ? Lengths(_grammar, least, most) : WorkedOut(scratch, text, path))));
    }

    private static Node Lengths(Grammar grammar, int least, int most) => least > most ? Node.Nothing : grammar.Repeat(JsonCharacters.Any(grammar), least, most);

    // Patterns of one schema share what they may take: whoever sends one must not keep the others waiting.
    private Node WorkedOut(Grammar grammar, Node text, string path)
    {
        Node whole = grammar.Automaton(text, _statesLeft, out int states)
            ?? throw new SchemaException(path, "has a pattern or format that is too complex, by itself, together with the string's other limits or after the patterns before it; fewer or smaller repetitions are simpler.");
        _statesLeft -= Math.Max(states, LeastStates);
        return whole;
    }

    private static Node Pattern(Grammar grammar, JsonElement value, string path)
    {
        string pattern = TextOf(value, path);
        if (pattern.Length > LongestPattern)
            throw new SchemaException(path, $"has {pattern.Length:N0} characters; at most {LongestPattern:N0} are allowed.");
        try
        {
            return PatternReader.Read(grammar, pattern);
        }
        catch (FormatException e)
        {
            throw new SchemaException(path, e.Message + ".");
        }
    }

    private static Node Format(Grammar grammar, JsonElement value, string path) => TextFormats.Find(grammar, TextOf(value, path))
        ?? throw new SchemaException(path, $"must be one of {string.Join(", ", TextFormats.Names)}, not '{value.GetString()}'.");

    // Values are looked at for their type alone; other keywords beside them would ask for more.
    private Shape Constants(JsonElement schema, string path, string keyword, IReadOnlyList<JsonElement> values)
    {
        RefuseBeside(schema, path, keyword, "type");
        string[] types = TypesOf(schema, path) ?? Types;
        var choice = Add(new ChoiceShape());
        if ((_constants += values.Count) > MostConstants)
            throw new SchemaException(At(path, keyword), $"makes the schema too large; at most {MostConstants:N0} constants may be in one.");
        foreach (JsonElement value in values)
        {
            if (!types.Any(type => IsOf(type, value)))
                continue;
            byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(value, Compact);
            if ((_constantBytes += bytes.Length) > MostConstantBytes)
                throw new SchemaException(At(path, keyword), $"makes the schema too large; at most {MostConstantBytes:N0} bytes of constants may be in one.");
            choice.Options.Add(Add(new ConstantShape(_grammar.Literal(bytes, Node.End), HeightOf(value))));
        }

        return choice;
    }

    private ChoiceShape AnyOf(JsonElement options, string path, int level)
    {
        ChoiceShape choice = Add(new ChoiceShape());
        foreach ((int index, JsonElement option) in List(options, path, "a list of schemas").Index())
            choice.Options.Add(ReadSchema(option, $"{path}[{index}]", level + 1));
        return choice;
    }

    private ChoiceShape Reference(JsonElement reference, string path)
    {
        string pointer = TextOf(reference, path);
        if (_references.TryGetValue(pointer, out ChoiceShape? known))
            return known;
        try
        {
            Find(pointer);
        }
        catch (KeyNotFoundException)
        {
            throw new SchemaException(path, $"is '{pointer}', which names no place in this schema; it must be '#' or begin with '#/', as '#/$defs/name'.");
        }

        ChoiceShape shape = Add(new ChoiceShape());
        _references.Add(pointer, shape);
        _unread.Enqueue((pointer, shape));
        return shape;
    }

    private (JsonElement Schema, string Path) Find(string pointer)
    {
        if (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal))
            throw new KeyNotFoundException();
        (JsonElement at, string path) = (_document, "");
        foreach (string part in pointer.Split('/').Skip(1).Select(part => Uri.UnescapeDataString(part).Replace("~1", "/").Replace("~0", "~")))
        {
            bool isIndex = int.TryParse(part, out int index) && at.ValueKind == JsonValueKind.Array && index >= 0 && index < at.GetArrayLength();
            if (isIndex)
                (at, path) = (at[index], $"{path}[{index}]");
            else if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out JsonElement next))
                (at, path) = (next, At(path, part));
            else
                throw new KeyNotFoundException();
        }

        return (at, path);
    }

    private static void RefuseCircle(ChoiceShape shape, string pointer, HashSet<ChoiceShape> open, HashSet<ChoiceShape> seen)
    {
        if (open.Contains(shape))
            throw new SchemaException("$ref", $"'{pointer}' leads back to itself without an object or an array between.");
        if (!seen.Add(shape))
            return;
        open.Add(shape);
        foreach (ChoiceShape option in shape.Options.OfType<ChoiceShape>())
            RefuseCircle(option, pointer, open, seen);
        open.Remove(shape);
    }

    // Any JSON: it holds itself.
    private Shape Any()
    {
        if (_any is not null)
            return _any;
        ChoiceShape choice = Add(new ChoiceShape());
        _any = choice;
        foreach (string type in Types.Where(type => type != "integer"))
            choice.Options.Add(AnyOf(type));
        return choice;
    }

    private Shape AnyOf(string type)
    {
        using JsonDocument empty = JsonDocument.Parse("{}");
        return OfType(type, empty.RootElement, "", 0);
    }

    private TextShape Text(Node node) => Add(new TextShape(node));

    private T Add<T>(T shape)
        where T : Shape
    {
        _shapes.Add(shape);
        return shape;
    }

    private static Shape Alone(JsonElement schema, string path, string keyword, Shape shape)
    {
        RefuseBeside(schema, path, keyword);
        return shape;
    }
}
