using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Rlhf.Inference;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Chat;

/// <summary>What a reply has to be.</summary>
internal sealed record ResponseFormatRequest
{
    private const string Text = "text";
    private const string JsonObject = "json_object";
    private const string OfSchema = "json_schema";
    private const string SchemaField = "response_format.json_schema.schema";

    /// <summary>The kind: <c>text</c> for any text, <c>json_object</c> for any JSON object, <c>json_schema</c> for JSON that holds to the schema.</summary>
    [AllowedValues(Text, JsonObject, OfSchema)]
    public required string Type { get; init; }

    /// <summary>The schema, where the type is <c>json_schema</c>.</summary>
    public JsonSchemaRequest? JsonSchema { get; init; }

    /// <summary>The format as a grain takes it; null for any text.</summary>
    public string? ToFormat()
    {
        if (Type != OfSchema)
        {
            return JsonSchema is null
                ? Type == JsonObject ? ReplyFormat.AnyObject : null
                : throw Refuse.Invalid($"'response_format.json_schema' is given, and 'response_format.type' is '{Type}'; it must be '{OfSchema}' then.", "response_format.type");
        }

        var schema = JsonSchema ?? throw Refuse.Invalid("'response_format.json_schema' is missing; it must be an object with 'name' and 'schema'.", "response_format.json_schema");
        try
        {
            var format = schema.Schema.GetRawText();
            ReplyFormat.Of(format);
            return format;
        }
        catch (InvalidOperationException) // its bytes are no text
        {
            throw Refuse.Invalid($"'{SchemaField}' is not valid Unicode text.", SchemaField);
        }
        catch (SchemaException error)
        {
            var field = error.Path.Length == 0 ? SchemaField : $"{SchemaField}.{error.Path}";
            throw Refuse.Invalid($"'{field}' {error.Problem}", field);
        }
    }
}

/// <summary>A schema that a reply has to hold to.</summary>
internal sealed record JsonSchemaRequest
{
    /// <summary>What the caller calls it.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{1,64}$", ErrorMessage = "1 to 64 letters, digits, '_' or '-'")]
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>
    /// The JSON schema. Keywords that a reply can't be held to are refused; objects are written in the order of <c>properties</c>.
    /// </summary>
    public required JsonElement Schema { get; init; }

    /// <summary>Every reply holds to the schema, whatever is said here.</summary>
    public bool? Strict { get; init; }
}
