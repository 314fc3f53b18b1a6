using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Server.Errors;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>Which tools a request shows, and how its replies may call them.</summary>
/// <param name="Shown">The message that shows them.</param>
/// <param name="Settings">How they may be called.</param>
internal sealed record ToolChoice(ChatMessage Shown, ToolSettings Settings)
{
    private const string Form = """must be "none", "auto", "required" or {"type":"function","function":{"name":"…"}}""";

    /// <summary>What a request says; null where no tool is to be called. Then the model is shown none.</summary>
    public static ToolChoice? Of(ChatCompletionRequest body)
    {
        var choice = Read(body.ToolChoice);
        if (body.Tools is not { } tools)
        {
            return choice.Kind == "none" || body.ToolChoice is null or { ValueKind: JsonValueKind.Null } ? null
                : throw Refuse.Invalid("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
        }

        foreach (var (index, tool) in tools.Index())
        {
            Check(tool.Function, $"tools[{index}].function", tools.Take(index));
        }

        if (choice.Function is { } named && !tools.Any(tool => tool.Function.Name == named))
        {
            throw Refuse.Invalid($"'tool_choice' names the function '{named}', which is not among 'tools'.", "tool_choice");
        }

        if (choice.Kind == "none")
        {
            return null;
        }

        return body.Stop is { Count: > 0 }
            ? throw Refuse.Invalid("'stop' can't be given beside 'tools', whose calls it would cut short; leave it out.", "stop")
            : new ToolChoice(
                new ChatMessage(ChatMessage.Tools, Write(tools)),
                new ToolSettings(choice.Kind != "auto", choice.Function, body.ParallelToolCalls is not false));
    }

    private static (string Kind, string? Function) Read(JsonElement? choice)
    {
        switch (choice)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                return ("auto", null);
            case { ValueKind: JsonValueKind.String } text when RequestText.IsValid(text) && text.GetString() is "none" or "auto" or "required":
                return (choice.Value.GetString()!, null);
            case { ValueKind: JsonValueKind.Object } named when RequestText.IsValid(named)
                && named.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("function") && named.TryGetProperty("function", out var function)
                && function.ValueKind == JsonValueKind.Object && function.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String:
                return ("function", name.GetString());
            default:
                throw Refuse.Invalid($"'tool_choice' {Form}, not {RequestText.Show(choice.Value)}.", "tool_choice");
        }
    }

    private static void Check(FunctionRequest function, string path, IEnumerable<ToolRequest> before)
    {
        if (before.Any(other => other.Function.Name == function.Name))
        {
            throw Refuse.Invalid($"'{path}.name' is '{function.Name}', which another tool is called, too; each needs a name of its own.", $"{path}.name");
        }

        if (function.Parameters is not { } schema)
        {
            return;
        }

        var field = $"{path}.parameters";
        if (!RequestText.IsValid(schema))
        {
            throw Refuse.Invalid($"'{field}' is not valid Unicode text.", field);
        }

        if (schema.ValueKind == JsonValueKind.Object && !schema.EnumerateObject().Any())
        {
            return;
        }

        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("object"))
        {
            throw Refuse.Invalid($"Invalid schema for function '{function.Name}': '{field}' must be a JSON schema of the type \"object\", not {RequestText.Show(schema)}.", field);
        }

        try
        {
            ReplyFormat.Of(schema.GetRawText());
        }
        catch (SchemaException error)
        {
            var place = error.Path.Length == 0 ? field : $"{field}.{error.Path}";
            throw Refuse.Invalid($"'{place}' {error.Problem}", place);
        }
    }

    /// <summary>The tools as chat templates are given them.</summary>
    private static string Write(IReadOnlyList<ToolRequest> tools) => new JsonArray([.. tools.Select(tool =>
    {
        var function = new JsonObject { ["name"] = tool.Function.Name };
        if (tool.Function.Description is { } description)
        {
            function["description"] = description;
        }

        if (tool.Function.Parameters is { ValueKind: JsonValueKind.Object } schema)
        {
            function["parameters"] = JsonNode.Parse(schema.GetRawText());
        }

        return new JsonObject { ["type"] = tool.Type, ["function"] = function };
    })]).ToJsonString(RequestText.AsWritten);
}
