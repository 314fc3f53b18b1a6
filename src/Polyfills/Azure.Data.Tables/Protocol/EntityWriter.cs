using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Azure.Data.Tables.Protocol;

/// <summary>Entities as the service takes them: JSON, with the type beside each value that JSON has no type for.</summary>
internal static class EntityWriter
{
    public static ReadOnlyMemory<byte> Write(ITableEntity entity)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Properties(entity))
            {
                Write(json, name, value);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static IEnumerable<KeyValuePair<string, object>> Properties(ITableEntity entity) =>
        entity is TableEntity table
            ? table.Where(property => property.Key is not (Names.Timestamp or Names.ETag))
            : TypedEntity.Read(entity);

    private static void Write(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case null:
                break; // a table has no nulls: what is not there is null
            case string text:
                json.WriteString(name, text);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                Type(json, name, "Edm.Double");
                break;
            case double number:
                json.WriteString(name, double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
                Type(json, name, "Edm.Double");
                break;
            case long number:
                json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
                Type(json, name, "Edm.Int64");
                break;
            case byte[] bytes:
                json.WriteBase64String(name, bytes);
                Type(json, name, "Edm.Binary");
                break;
            case BinaryData bytes:
                json.WriteBase64String(name, bytes.ToMemory().Span);
                Type(json, name, "Edm.Binary");
                break;
            case DateTimeOffset time:
                json.WriteString(name, time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                Type(json, name, "Edm.DateTime");
                break;
            case DateTime time:
                json.WriteString(name, time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
                Type(json, name, "Edm.DateTime");
                break;
            case Guid id:
                json.WriteString(name, id);
                Type(json, name, "Edm.Guid");
                break;
            case Enum word:
                json.WriteString(name, word.ToString());
                break;
            default:
                throw new NotSupportedException(
                    $"The property '{name}' is a {value.GetType()}; a table holds string, bool, int, long, double, byte[], DateTimeOffset, DateTime and Guid.");
        }
    }

    private static void Type(Utf8JsonWriter json, string name, string type) => json.WriteString(name + Names.TypeSuffix, type);
}
