using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>A request of this type takes no other fields than its type has; neither do the objects in it, but for those with
/// <see cref="System.Text.Json.Serialization.JsonExtensionDataAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ClosedAttribute : Attribute;

/// <summary>A field that OpenAI knows and this server does not support. Null is taken, as are values that change nothing.</summary>
/// <param name="name">The field.</param>
/// <param name="neutral">The values that change nothing, as JSON.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class UnsupportedAttribute(string name, params string[] neutral) : Attribute
{
    private readonly JsonElement[] _neutral = [.. neutral.Select(value => JsonSerializer.Deserialize<JsonElement>(value))];

    public string Name => name;

    /// <summary>What would be right, behind the name of the field.</summary>
    public string Expected => neutral.Length == 0 ? "leave it out" : $"leave it out, or send {string.Join(" or ", neutral)}";

    public bool Takes(JsonElement value) => value.ValueKind == JsonValueKind.Null || _neutral.Any(one => JsonElement.DeepEquals(one, value));
}

/// <summary>Refuses the fields of a closed request that its type lacks, in OpenAI's words: what is not supported is not ignored.</summary>
internal static class OtherFields
{
    private const int MostShown = 5;
    private const int LongestShown = 80;

    private static readonly ConcurrentDictionary<JsonTypeInfo, Fields> Known = new();

    /// <summary>Looks through an object whose known fields have been found right.</summary>
    public static void Refuse(JsonElement json, JsonTypeInfo type, string path = "")
    {
        var fields = Known.GetOrAdd(type, static type => new Fields(type));
        if (fields.IsOpen)
        {
            return;
        }

        var unknown = new List<string>();
        foreach (var property in json.EnumerateObject())
        {
            var name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (fields.Own.TryGetValue(property.Name, out var rule))
            {
                RefuseWithin(property.Value, rule, type.Options, name);
            }
            else if (!fields.Unsupported.TryGetValue(property.Name, out var known))
            {
                unknown.Add(property.Name);
            }
            else if (!known.Takes(property.Value))
            {
                throw new FailureException(new Failure(400, $"Unsupported parameter: '{name}' is not supported with this model; {known.Expected}.", name, "unsupported_parameter"));
            }
        }

        if (unknown.Count > 0)
        {
            throw new FailureException(path.Length == 0 ? Unrecognized(unknown) : Unknown($"{path}.{Show(unknown[0])}"));
        }
    }

    private static void RefuseWithin(JsonElement value, FieldRule rule, JsonSerializerOptions options, string name)
    {
        if (rule.Kind == FieldKind.Object && value.ValueKind == JsonValueKind.Object)
        {
            Refuse(value, options.GetTypeInfo(rule.Type), name);
        }
        else if (rule is { Kind: FieldKind.List, Element.Kind: FieldKind.Object } && value.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, element) in value.EnumerateArray().Index())
            {
                RefuseWithin(element, rule.Element, options, $"{name}[{index}]");
            }
        }
    }

    /// <summary>OpenAI names the fields in the message alone.</summary>
    private static Failure Unrecognized(List<string> names) => new(
        400, $"Unrecognized request argument{(names.Count > 1 ? "s" : "")} supplied: {string.Join(", ", names.Take(MostShown).Select(Show))}{(names.Count > MostShown ? ", …" : "")}");

    private static Failure Unknown(string name) => new(400, $"Unknown parameter: '{name}'.", name, "unknown_parameter");

    /// <summary>What is known of the fields of a type.</summary>
    private sealed class Fields(JsonTypeInfo type)
    {
        public bool IsOpen { get; } = type.Properties.Any(field => field.IsExtensionData);

        public Dictionary<string, FieldRule> Own { get; } = type.Properties.Where(field => !field.IsExtensionData).ToDictionary(field => field.Name, FieldRule.Of);

        public Dictionary<string, UnsupportedAttribute> Unsupported { get; } = type.Type.GetCustomAttributes<UnsupportedAttribute>().ToDictionary(field => field.Name);
    }

    private static string Show(string name) => name.Length <= LongestShown ? name : name[..LongestShown] + "…";
}
