using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rlhf.Inference.Jinja;

namespace Rlhf.Inference;

/// <summary>A client's JSON as a template's values. Its texts are marked as the client's; names of fields can't be, so that none may hold a special token.</summary>
internal sealed class JsonValues(Tokenizer tokenizer)
{
    /// <summary>A value.</summary>
    /// <param name="json">Its JSON.</param>
    /// <param name="source">The message that it came in with.</param>
    /// <exception cref="JinjaException">A field's name holds a special token.</exception>
    public object? Read(string json, int source)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Of(document.RootElement, source);
    }

    /// <summary>An assistant's calls, whose arguments templates want as an object.</summary>
    public List<object?> ReadCalls(string json, int source, ToolFormat? family)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(call => new Dictionary<string, object?>
        {
            ["id"] = JinjaText.From(CallId(call.GetProperty("id").GetString()!, family), source),
            ["type"] = new JinjaText("function"),
            ["function"] = new Dictionary<string, object?>
            {
                ["name"] = JinjaText.From(call.GetProperty("function").GetProperty("name").GetString()!, source),
                ["arguments"] = Read(call.GetProperty("function").GetProperty("arguments").GetString()!, source),
            },
        })];
    }

    /// <summary>A call's id as the family takes it: where it has to have a length, another one stands for it, the same each time.</summary>
    public static string CallId(string id, ToolFormat? family) =>
        family?.IdLength is not { } length || (id.Length == length && id.All(char.IsAsciiLetterOrDigit)) ? id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..length];

    private object? Of(JsonElement value, int source) => value.ValueKind switch
    {
        JsonValueKind.Object => Fields(value, source),
        JsonValueKind.Array => value.EnumerateArray().Select(item => Of(item, source)).ToList(),
        JsonValueKind.String => JinjaText.From(value.GetString()!, source),
        JsonValueKind.Number => value.TryGetInt64(out long whole) ? (object)whole : value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private Dictionary<string, object?> Fields(JsonElement value, int source)
    {
        var fields = new Dictionary<string, object?>();
        foreach (JsonProperty field in value.EnumerateObject())
        {
            if (tokenizer.SpecialTokens.Keys.FirstOrDefault(special => field.Name.Contains(special, StringComparison.Ordinal)) is { } token)
                throw new JinjaException($"the field '{field.Name}' has the special token '{token}' in its name");
            fields[field.Name] = Of(field.Value, source);
        }

        return fields;
    }
}
