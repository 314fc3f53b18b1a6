using System.Text.Json;

namespace Rlhf.Inference;

/// <summary>A tool that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">The JSON schema of its arguments.</param>
internal sealed record Tool(string Name, string Parameters);

/// <summary>Reads OpenAI's JSON list of tools.</summary>
internal static class ToolList
{
    private const string NoArguments = """{"type":"object","additionalProperties":false}""";

    public static IReadOnlyList<Tool> Read(string tools)
    {
        using JsonDocument list = JsonDocument.Parse(tools);
        return [.. list.RootElement.EnumerateArray().Select(tool => tool.GetProperty("function")).Select(function => new Tool(
            function.GetProperty("name").GetString()!,
            function.TryGetProperty("parameters", out JsonElement schema) && schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any() ? schema.GetRawText() : NoArguments))];
    }
}
