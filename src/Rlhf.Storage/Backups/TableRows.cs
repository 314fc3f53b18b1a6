using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>
/// Rows of a table in a file: compressed lines of JSON, <c>{"partition","row","properties":{NAME:[TYPE,VALUE]}}</c>, with the types' names of the table
/// service and binary values in base64.
/// </summary>
internal static class TableRows
{
    /// <summary>A file that rows are added to.</summary>
    public sealed class Writer(string path) : IDisposable
    {
        private static readonly byte[] NewLine = [(byte)'\n'];
        private readonly GZipStream file = new(Durable.CreateFile(path), CompressionLevel.Fastest);

        /// <summary>How many rows it holds.</summary>
        public long Count { get; private set; }

        public void Add(TableEntity row)
        {
            using (var json = new Utf8JsonWriter(file))
            {
                json.WriteStartObject();
                json.WriteString("partition", row.PartitionKey);
                json.WriteString("row", row.RowKey);
                json.WriteStartObject("properties");
                foreach (var (name, value) in row.Where(property => property.Value is not null && property.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag")))
                {
                    var (type, text) = Typed(name, value);
                    json.WriteStartArray(name);
                    json.WriteStringValue(type);
                    json.WriteStringValue(text);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            file.Write(NewLine);
            Count++;
        }

        public void Dispose() => file.Dispose();
    }

    /// <summary>Reads the rows of a file in their order.</summary>
    /// <exception cref="StorageDamagedException">It holds something else.</exception>
    public static async IAsyncEnumerable<TableEntity> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var lines = new StreamReader(file);
        for (var number = 1L; await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line; number++)
        {
            yield return Parse(line, path, number);
        }
    }

    private static TableEntity Parse(string line, string path, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var entity = new TableEntity(json.RootElement.GetProperty("partition").GetString(), json.RootElement.GetProperty("row").GetString());
            foreach (var property in json.RootElement.GetProperty("properties").EnumerateObject())
            {
                entity[property.Name] = Value(property.Value[0].GetString()!, property.Value[1].GetString()!);
            }

            return entity;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new StorageDamagedException($"Line {number} of {path} is no row of a table: {error.Message}", error);
        }
    }

    private static (string Type, string Text) Typed(string name, object value) => value switch
    {
        string text => ("Edm.String", text),
        byte[] bytes => ("Edm.Binary", Convert.ToBase64String(bytes)),
        bool flag => ("Edm.Boolean", flag ? "true" : "false"),
        int number => ("Edm.Int32", number.ToString(CultureInfo.InvariantCulture)),
        long number => ("Edm.Int64", number.ToString(CultureInfo.InvariantCulture)),
        double number => ("Edm.Double", number.ToString("R", CultureInfo.InvariantCulture)),
        DateTimeOffset time => ("Edm.DateTime", time.ToString("O", CultureInfo.InvariantCulture)),
        Guid guid => ("Edm.Guid", guid.ToString()),
        _ => throw new StorageException($"The property '{name}' is a {value.GetType().Name}, which no table has."),
    };

    private static object Value(string type, string text) => type switch
    {
        "Edm.String" => text,
        "Edm.Binary" => Convert.FromBase64String(text),
        "Edm.Boolean" => bool.Parse(text),
        "Edm.Int32" => int.Parse(text, CultureInfo.InvariantCulture),
        "Edm.Int64" => long.Parse(text, CultureInfo.InvariantCulture),
        "Edm.Double" => double.Parse(text, CultureInfo.InvariantCulture),
        "Edm.DateTime" => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "Edm.Guid" => Guid.Parse(text),
        _ => throw new FormatException($"'{type}' is no type of the table service."),
    };
}
