using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Chat;

/// <summary>A tool that a reply may call.</summary>
internal sealed record ToolRequest
{
    /// <summary>What it is.</summary>
    [AllowedValues("function")]
    public required string Type { get; init; }

    /// <summary>The function.</summary>
    public required FunctionRequest Function { get; init; }
}

/// <summary>A function that a reply may call.</summary>
internal sealed record FunctionRequest
{
    public const string NamePattern = "^[A-Za-z0-9_-]{1,64}$";

    public const string NameRule = "1 to 64 letters, digits, '_' or '-'";

    /// <summary>Its name.</summary>
    [RegularExpression(NamePattern, ErrorMessage = NameRule)]
    public required string Name { get; init; }

    /// <summary>What it does, for the model to read.</summary>
    [MaxLength(RequestLimits.Text)]
    public string? Description { get; init; }

    /// <summary>
    /// The JSON schema of its arguments, an object's; none where it is missing. Keywords that arguments can't be held to are refused, as in
    /// <c>response_format</c>.
    /// </summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Every call's arguments hold to the schema, whatever is said here.</summary>
    public bool? Strict { get; init; }
}
