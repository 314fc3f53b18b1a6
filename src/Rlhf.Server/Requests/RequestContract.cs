using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>Reads typed requests. JSON is compared with the type first, field by field, so that a wrong field is named with its value and with
/// what would be right, which a serializer's own error does not say. The attributes that are checked also describe the field in OpenAPI.
/// Fields that the type lacks are ignored where it is not <see cref="ClosedAttribute">closed</see>.</summary>
internal static class RequestContract
{
    private const int LongestShown = 80;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { TextOrList.Allow } },
    };

    /// <summary>Reads an object of which no field is wrong.</summary>
    /// <param name="json">The object, or what is in its place.</param>
    /// <param name="path">What a message calls it; empty for the body.</param>
    public static T Read<T>(JsonElement json, string path = "")
        where T : class
    {
        try
        {
            CheckObject(json, typeof(T), path);
            if (typeof(T).IsDefined(typeof(ClosedAttribute), inherit: false))
            {
                OtherFields.Refuse(json, Options.GetTypeInfo(typeof(T)), path);
            }

            return json.Deserialize<T>(Options)!;
        }
        catch (Exception error) when (error is InvalidOperationException or JsonException) // every value was looked at
        {
            throw Refuse.Invalid($"{(path.Length == 0 ? "The body" : $"'{path}'")} has a field whose name is not valid Unicode text.", path.Length == 0 ? null : path);
        }
    }

    private static void CheckObject(JsonElement json, Type type, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw path.Length == 0
                ? Refuse.Invalid($"The body must be a JSON object, not {Show(json)}.")
                : Refuse.Invalid($"'{path}' must be an object, not {Show(json)}.", path);
        }

        RefuseTwoOfAName(json, path);
        foreach (var field in Options.GetTypeInfo(type).Properties.Where(field => !field.IsExtensionData))
        {
            var (rule, name) = (FieldRule.Of(field), path.Length == 0 ? field.Name : $"{path}.{field.Name}");
            if (json.TryGetProperty(field.Name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                Check(value, rule, name);
            }
            else if (field.IsRequired)
            {
                throw rule.Missing(name);
            }
        }
    }

    /// <summary>Of two values of one field nobody can say which was meant.</summary>
    private static void RefuseTwoOfAName(JsonElement json, string path)
    {
        var names = new HashSet<string>(json.GetPropertyCount());
        foreach (var field in json.EnumerateObject())
        {
            if (!names.Add(field.Name))
            {
                var name = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
                throw Refuse.Invalid($"'{(name.Length <= LongestShown ? name : name[..LongestShown] + "…")}' is given twice; give it once.", name);
            }
        }
    }

    private static void Check(JsonElement value, FieldRule rule, string name)
    {
        switch (rule.Kind)
        {
            case FieldKind.Text:
                CheckText(value, rule, name);
                break;
            case FieldKind.List when value.ValueKind == JsonValueKind.String && rule.OrText:
                CheckText(value, rule.Text!, name);
                break;
            case FieldKind.List:
                CheckList(value, rule, name);
                break;
            case FieldKind.Object:
                CheckObject(value, rule.Type, name);
                break;
            case FieldKind.Map when value.ValueKind == JsonValueKind.Object:
                CheckMap(value, rule, name);
                break;
            case FieldKind.Flag when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
            case FieldKind.Number when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && rule.Holds(number):
            case FieldKind.Integer when value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var integer) && rule.Holds(integer):
            case FieldKind.Any:
                break;
            default:
                throw Wrong(value, rule, name);
        }
    }

    private static void CheckList(JsonElement value, FieldRule rule, string name)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(value, rule, name);
        }

        var count = value.GetArrayLength();
        if (count < rule.Shortest)
        {
            throw rule.Missing(name);
        }

        if (count > rule.Longest)
        {
            throw Refuse.Invalid($"'{name}' has {count:N0} elements; at most {rule.Longest:N0} are allowed.", name);
        }

        foreach (var (index, element) in value.EnumerateArray().Index())
        {
            Check(element, rule.Element!, $"{name}[{index}]");
        }
    }

    private static void CheckMap(JsonElement value, FieldRule rule, string name)
    {
        var count = value.EnumerateObject().Count();
        if (count > rule.Longest)
        {
            throw Refuse.Invalid($"'{name}' has {count:N0} entries; at most {rule.Longest:N0} are allowed.", name);
        }

        foreach (var entry in value.EnumerateObject())
        {
            Check(entry.Value, rule.Element!, $"{name}.{(entry.Name.Length <= LongestShown ? entry.Name : entry.Name[..LongestShown] + "…")}");
        }
    }

    private static void CheckText(JsonElement value, FieldRule rule, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Wrong(value, rule, name);
        }

        var text = TextOf(value, name);
        if (text.Length < rule.Shortest)
        {
            throw rule.Missing(name);
        }

        if (text.Length > rule.Longest)
        {
            throw Refuse.Invalid($"'{name}' is {text.Length:N0} characters long; at most {rule.Longest:N0} are allowed.", name);
        }

        if (!rule.Holds(text))
        {
            throw Wrong(value, rule, name);
        }
    }

    /// <summary>The text in an element. JSON can spell what is no Unicode text, such as half of a surrogate pair.</summary>
    private static string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse.Invalid($"'{name}' is not valid Unicode text.", name);
        }
    }

    private static Rlhf.Contracts.RefusedException Wrong(JsonElement value, FieldRule rule, string name) =>
        Refuse.Invalid($"'{name}' must be {rule.Expected}, not {Show(value)}.", name);

    private static string Show(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= LongestShown ? text : text[..LongestShown] + "…";
    }
}
