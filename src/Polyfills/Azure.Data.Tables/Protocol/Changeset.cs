using System.Buffers;
using System.Text;
using Azure.Core;

namespace Azure.Data.Tables.Protocol;

/// <summary>The requests of a transaction in one body: <c>multipart/mixed</c> in <c>multipart/mixed</c>, as OData 3 has it.</summary>
internal sealed class Changeset(TableEndpoint endpoint, string table)
{
    private readonly string batch = $"batch_{Guid.NewGuid()}";
    private readonly string changes = $"changeset_{Guid.NewGuid()}";
    private readonly ArrayBufferWriter<byte> body = new();

    /// <summary>The request that does all of <paramref name="actions"/> or none.</summary>
    public HttpMessage Message(IReadOnlyList<TableTransactionAction> actions)
    {
        Write($"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n");
        foreach (var action in actions)
        {
            Write(action);
        }

        Write($"--{changes}--\r\n--{batch}--\r\n");
        var message = endpoint.Message(RequestMethod.Post, "$batch");
        message.Request.Headers.SetValue("Content-Type", $"multipart/mixed; boundary={batch}");
        message.Request.Content = RequestContent.Create(body.WrittenMemory);
        return message;
    }

    private void Write(TableTransactionAction action)
    {
        var entity = action.Entity;
        var path = action.ActionType == TableTransactionActionType.Add ? table : TableEndpoint.PathOf(table, entity.PartitionKey, entity.RowKey);
        var (verb, conditional) = action.ActionType switch
        {
            TableTransactionActionType.Add => ("POST", false),
            TableTransactionActionType.UpdateMerge => ("PATCH", true),
            TableTransactionActionType.UpdateReplace => ("PUT", true),
            TableTransactionActionType.UpsertMerge => ("PATCH", false),
            TableTransactionActionType.UpsertReplace => ("PUT", false),
            TableTransactionActionType.Delete => ("DELETE", true),
            var other => throw new ArgumentOutOfRangeException(nameof(action), other, null),
        };

        Write($"--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        Write($"{verb} {endpoint.Address(path).AbsoluteUri} HTTP/1.1\r\n");
        Write("Accept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0\r\nPrefer: return-no-content\r\n");
        if (conditional)
        {
            Write($"If-Match: {(action.ETag == default ? ETag.All : action.ETag)}\r\n");
        }

        if (action.ActionType == TableTransactionActionType.Delete)
        {
            Write("\r\n");
            return;
        }

        Write("Content-Type: application/json\r\n\r\n");
        body.Write(EntityWriter.Write(entity).Span);
        Write("\r\n");
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, body);
}
