using System.Globalization;
using System.Text.Json;

namespace Azure.Data.Tables.Protocol;

/// <summary>Entities out of the service's JSON.</summary>
internal static class EntityReader
{
    /// <summary>Reads one entity as a <typeparamref name="T"/>.</summary>
    public static T Read<T>(JsonElement json)
        where T : class, ITableEntity
    {
        var entity = new TableEntity();
        foreach (var property in json.EnumerateObject())
        {
            if (property.Name == Names.ETag)
            {
                entity[Names.ETag] = property.Value.GetString();
            }
            else if (!property.Name.EndsWith(Names.TypeSuffix, StringComparison.Ordinal) && !property.Name.StartsWith(Names.OData, StringComparison.Ordinal))
            {
                var type = json.TryGetProperty(property.Name + Names.TypeSuffix, out var named) ? named.GetString() : null;
                entity[property.Name] = Value(property.Name, property.Value, type);
            }
        }

        return entity as T ?? TypedEntity.Create<T>(entity);
    }

    private static object Value(string name, JsonElement value, string type) => type switch
    {
        "Edm.Binary" => value.GetBytesFromBase64(),
        "Edm.Int64" => long.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        "Edm.DateTime" => Time(value),
        "Edm.Guid" => value.GetGuid(),
        "Edm.Double" => value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble(),
        _ => value.ValueKind switch
        {
            JsonValueKind.String when name == Names.Timestamp => Time(value),
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
            JsonValueKind.Number => value.TryGetInt32(out var whole) ? (object)whole : value.GetDouble(),
            JsonValueKind.Null => null,
            var kind => throw new FormatException($"The property '{name}' is {kind}; a table holds no such value."),
        },
    };

    private static object Time(JsonElement value) =>
        DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
