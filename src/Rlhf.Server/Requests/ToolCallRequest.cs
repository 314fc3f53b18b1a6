using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Rlhf.Grains.Chat;
using Rlhf.Server.Chat;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>A call of a tool that an assistant's message made.</summary>
internal sealed record ToolCallRequest
{
    /// <summary>Its id, which the tool's message answers.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public required string Id { get; init; }

    /// <summary>What was called.</summary>
    [AllowedValues(ToolCalls.OfFunction)]
    public required string Type { get; init; }

    /// <summary>Which function, and with what.</summary>
    public required CalledFunctionRequest Function { get; init; }

    /// <summary>The call as it is kept.</summary>
    /// <param name="path">Where it is in the request.</param>
    public ToolCall ToCall(string path)
    {
        var field = $"{path}.function.arguments";
        try
        {
            using var arguments = JsonDocument.Parse(Function.Arguments);
            if (arguments.RootElement.ValueKind == JsonValueKind.Object && RequestText.IsValid(arguments.RootElement))
            {
                return new ToolCall(Id, Type, new CalledFunction(Function.Name, Function.Arguments));
            }
        }
        catch (JsonException)
        {
            // said below
        }

        throw Refuse.Invalid($"'{field}' must be the text of a JSON object, not '{RequestText.Show(Function.Arguments)}'.", field);
    }
}

/// <summary>The function that a call called.</summary>
internal sealed record CalledFunctionRequest
{
    /// <summary>Its name.</summary>
    [RegularExpression(FunctionRequest.NamePattern, ErrorMessage = FunctionRequest.NameRule)]
    public required string Name { get; init; }

    /// <summary>Its arguments: the text of a JSON object.</summary>
    [MaxLength(RequestLimits.Text)]
    public required string Arguments { get; init; }
}
