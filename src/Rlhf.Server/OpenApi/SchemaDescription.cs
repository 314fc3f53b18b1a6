using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rlhf.Server.Requests;

namespace Rlhf.Server.OpenApi;

/// <summary>Describes what is known of a field beside its type: the values that are allowed, a text in a list's place, and that it may be left out.</summary>
internal sealed class SchemaDescription : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var attributes = context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
        if (attributes.OfType<AllowedValuesAttribute>().FirstOrDefault() is { } allowed)
        {
            schema.Enum = [.. allowed.Values.Select(value => (JsonNode)JsonValue.Create((string)value!))];
        }

        if (attributes.OfType<OrTextAttribute>().FirstOrDefault() is { } text && schema.Items is { } items)
        {
            schema.AnyOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = text.Longest },
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = items, MaxItems = schema.MaxItems },
            ];
            if (schema.Type is { } type && type.HasFlag(JsonSchemaType.Null))
            {
                schema.AnyOf.Add(new OpenApiSchema { Type = JsonSchemaType.Null });
            }

            (schema.Type, schema.Items, schema.MaxItems) = (null, null, null);
        }

        if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Dictionary && schema.AdditionalProperties is OpenApiSchema value && attributes.Length > 0)
        {
            // what the attributes say is of the entries
            (value.Minimum, value.Maximum, schema.MaxProperties) = (schema.Minimum, schema.Maximum, schema.MaxLength);
            (schema.Minimum, schema.Maximum, schema.MaxLength) = (null, null, null);
        }

        foreach (var property in context.JsonTypeInfo.Properties)
        {
            if (property.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) is true)
            {
                schema.Required?.Remove(property.Name); // written on a condition
            }
        }

        if (context.ParameterDescription?.ParameterDescriptor is IParameterInfoParameterDescriptor { ParameterInfo: var parameter }
            && parameter.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            // read as a text so that a wrong one can be shown
            (schema.Type, schema.Minimum, schema.Maximum) = (JsonSchemaType.Number, $"{range.Minimum}", $"{range.Maximum}");
        }

        return Task.CompletedTask;
    }
}
