using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Contracts;

namespace Rlhf.Grains.Chat;

/// <summary>A call of a tool, as OpenAI's JSON has it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">What is called: a <c>function</c>.</param>
/// <param name="Function">Which, and with what.</param>
public sealed record ToolCall(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("function")] CalledFunction Function);

/// <summary>What a call calls.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments as JSON; not whole where the reply was cut short.</param>
public sealed record CalledFunction(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("arguments")] string Arguments)
{
    /// <summary>Whether the arguments are JSON to their end.</summary>
    [JsonIgnore]
    public bool IsWhole
    {
        get
        {
            try
            {
                using var _ = JsonDocument.Parse(Arguments);
                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}

/// <summary>The calls of a message: put together from pieces, and as the JSON that messages keep.</summary>
public static class ToolCalls
{
    /// <summary>What a call calls.</summary>
    public const string OfFunction = "function";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The calls that pieces make up.</summary>
    public static IReadOnlyList<ToolCall> Of(IEnumerable<ToolCallDelta> pieces) =>
    [
        .. pieces.GroupBy(piece => piece.Index).Select(call => new ToolCall(
            call.First().Id!, OfFunction, new CalledFunction(call.First().Name!, string.Concat(call.Select(piece => piece.Arguments))))),
    ];

    /// <summary>Calls as JSON.</summary>
    public static string Write(IEnumerable<ToolCall> calls) => JsonSerializer.Serialize(calls, Options);

    /// <summary>Calls from JSON.</summary>
    public static IReadOnlyList<ToolCall> Read(string json) => JsonSerializer.Deserialize<IReadOnlyList<ToolCall>>(json, Options)!;

    /// <summary>Calls as the pieces that they would be if each came in one.</summary>
    public static ImmutableArray<ToolCallDelta> ToPieces(string json) =>
        [.. Read(json).Select((call, index) => new ToolCallDelta(index, call.Id, call.Function.Name, call.Function.Arguments))];
}
