using System.Text.Json;
using Rlhf.Inference.Jinja;

namespace Rlhf.Inference.Tests;

/// <summary>JSON as a template sees it.</summary>
internal static class JinjaValues
{
    public static object? Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().ToDictionary(field => field.Name, field => Of(field.Value)),
        JsonValueKind.Array => element.EnumerateArray().Select(Of).ToList(),
        JsonValueKind.String => new JinjaText(element.GetString()!),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Null => null,
        _ => element.GetBoolean(),
    };
}
