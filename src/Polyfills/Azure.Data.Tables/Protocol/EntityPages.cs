using System.Text.Json;
using Azure.Core;

namespace Azure.Data.Tables.Protocol;

/// <summary>
/// The entities that a query finds, a page at a time. The service ends a page when it likes, even an empty one, and
/// names in two headers where the next one starts; a continuation token is those two with a space between them.
/// </summary>
internal sealed class EntityPages<T>(TableEndpoint endpoint, string table, string filter, string select, int? maxPerPage, CancellationToken cancellation) : AsyncPageable<T>(cancellation)
    where T : class, ITableEntity
{
    public override async IAsyncEnumerable<Page<T>> AsPages(string continuationToken = null, int? pageSizeHint = null)
    {
        var next = continuationToken;
        do
        {
            var (partition, row) = Parts(next);
            var query = TableEndpoint.Query(
                ("$filter", string.IsNullOrEmpty(filter) ? null : filter),
                ("$select", select),
                ("$top", (pageSizeHint ?? maxPerPage)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("NextPartitionKey", partition),
                ("NextRowKey", row));
            var message = endpoint.Message(RequestMethod.Get, $"{table}(){query}");
            var response = await endpoint.SendAsync(message, CancellationToken, 200).ConfigureAwait(false);
            next = Next(response);
            yield return Page<T>.FromValues(Read(response), next, response);
        }
        while (next is not null);
    }

    private static List<T> Read(Response response)
    {
        using var json = JsonDocument.Parse(response.Content.ToMemory());
        return [.. json.RootElement.GetProperty("value").EnumerateArray().Select(EntityReader.Read<T>)];
    }

    private static string Next(Response response) =>
        response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partition)
            ? $"{partition} {(response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var row) ? row : "")}"
            : null;

    private static (string Partition, string Row) Parts(string token) =>
        token?.Split(' ', 2) switch
        {
            null => (null, null),
            [var partition, { Length: > 0 } row] => (partition, row),
            [var partition, ..] => (partition, null),
            _ => throw new FormatException($"'{token}' is no continuation token."),
        };
}
