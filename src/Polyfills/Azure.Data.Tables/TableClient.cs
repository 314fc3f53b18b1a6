using System.Text.Json;
using Azure.Core;
using Azure.Data.Tables.Models;
using Azure.Data.Tables.Protocol;

namespace Azure.Data.Tables;

/// <summary>One table.</summary>
public class TableClient
{
    private readonly TableEndpoint endpoint;

    /// <summary>A table of the account that a connection string names.</summary>
    public TableClient(string connectionString, string tableName)
        : this(connectionString, tableName, null)
    {
    }

    /// <summary>A table of the account that a connection string names.</summary>
    public TableClient(string connectionString, string tableName, TableClientOptions options = null)
        : this(ConnectionString.Parse(connectionString).Open(options), tableName)
    {
    }

    internal TableClient(TableEndpoint endpoint, string tableName)
    {
        ArgumentException.ThrowIfNullOrEmpty(tableName);
        this.endpoint = endpoint;
        Name = tableName;
    }

    /// <summary>For mocks.</summary>
    protected TableClient()
    {
    }

    /// <summary>The table's name.</summary>
    public virtual string Name { get; }

    /// <summary>The account's name.</summary>
    public virtual string AccountName => endpoint.AccountName;

    /// <summary>The table's address.</summary>
    public virtual Uri Uri => endpoint.Address(Name);

    /// <summary>A filter with its values quoted.</summary>
    public static string CreateQueryFilter(FormattableString filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Filter.Of(filter);
    }

    /// <summary>Creates the table where it is missing.</summary>
    public virtual async Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default)
    {
        var message = endpoint.Message(RequestMethod.Post, "Tables", JsonSerializer.SerializeToUtf8Bytes(new { TableName = Name }));
        message.Request.Headers.SetValue("Prefer", "return-no-content");
        var response = await endpoint.SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (response.Status is 201 or 204)
        {
            return Response.FromValue(new TableItem(Name), response);
        }

        var failure = TableErrorParser.Failure(response);
        return failure.ErrorCode == "TableAlreadyExists" ? Response.FromValue(new TableItem(Name), response) : throw failure;
    }

    /// <summary>Deletes the table and all that is in it. That there is none is no error.</summary>
    public virtual Task<Response> DeleteAsync(CancellationToken cancellationToken = default) =>
        endpoint.SendAsync(endpoint.Message(RequestMethod.Delete, $"Tables('{Name}')"), cancellationToken, 204, 404);

    /// <summary>Adds an entity that must not be there.</summary>
    public virtual Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        var message = endpoint.Message(RequestMethod.Post, Name, EntityWriter.Write(entity));
        message.Request.Headers.SetValue("Prefer", "return-no-content");
        return endpoint.SendAsync(message, cancellationToken, 201, 204);
    }

    /// <summary>Adds an entity or updates it, whatever version of it there is.</summary>
    public virtual Task<Response> UpsertEntityAsync<T>(T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        endpoint.SendAsync(Update(entity, mode), cancellationToken, 204);

    /// <summary>Updates the version <paramref name="ifMatch"/> of an entity.</summary>
    public virtual Task<Response> UpdateEntityAsync<T>(T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        if (ifMatch == default)
        {
            throw new ArgumentException("An update names the version that it is for; ETag.All is any.", nameof(ifMatch));
        }

        var message = Update(entity, mode);
        message.Request.Headers.SetValue("If-Match", ifMatch.ToString());
        return endpoint.SendAsync(message, cancellationToken, 204);
    }

    /// <summary>Deletes an entity. That there is none is no error: the answer's status is 404 then.</summary>
    public virtual Task<Response> DeleteEntityAsync(string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default)
    {
        var message = endpoint.Message(RequestMethod.Delete, TableEndpoint.PathOf(Name, partitionKey, rowKey));
        message.Request.Headers.SetValue("If-Match", (ifMatch == default ? ETag.All : ifMatch).ToString());
        return endpoint.SendAsync(message, cancellationToken, 204, 404);
    }

    /// <summary>One entity, which must be there.</summary>
    public virtual async Task<Response<T>> GetEntityAsync<T>(string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        Found<T>(await endpoint.SendAsync(Get(partitionKey, rowKey, select), cancellationToken, 200).ConfigureAwait(false));

    /// <summary>One entity, or none.</summary>
    public virtual async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var response = await endpoint.SendAsync(Get(partitionKey, rowKey, select), cancellationToken, 200, 404).ConfigureAwait(false);
        return response.Status == 200 ? Found<T>(response) : new NoValueResponse<T>(response);
    }

    /// <summary>The entities that a filter lets through, by partition and row.</summary>
    public virtual AsyncPageable<T> QueryAsync<T>(string filter = null, int? maxPerPage = null, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        new EntityPages<T>(endpoint, Name, filter, Selected(select), maxPerPage, cancellationToken);

    /// <summary>Does all of up to 100 actions in one partition, or none.</summary>
    /// <exception cref="TableTransactionFailedException">One of them was refused.</exception>
    public virtual async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactionActions);
        var actions = transactionActions.ToList();
        if (actions.Count == 0)
        {
            throw new InvalidOperationException("A transaction needs at least one action.");
        }

        var response = await endpoint.SendAsync(new Changeset(endpoint, Name).Message(actions), cancellationToken).ConfigureAwait(false);
        if (response.Status != 202)
        {
            throw new TableTransactionFailedException(TableErrorParser.Failure(response));
        }

        var answers = ChangesetAnswer.Read(response);
        if (answers.FirstOrDefault(answer => answer.IsError) is { } refused)
        {
            throw new TableTransactionFailedException(TableErrorParser.Failure(refused));
        }

        return Response.FromValue(answers, response);
    }

    private static Response<T> Found<T>(Response response)
        where T : class, ITableEntity
    {
        using var json = JsonDocument.Parse(response.Content.ToMemory());
        return Response.FromValue(EntityReader.Read<T>(json.RootElement), response);
    }

    private static string Selected(IEnumerable<string> select) => select is null ? null : string.Join(',', select);

    private HttpMessage Get(string partitionKey, string rowKey, IEnumerable<string> select) =>
        endpoint.Message(RequestMethod.Get, TableEndpoint.PathOf(Name, partitionKey, rowKey) + TableEndpoint.Query(("$select", Selected(select))));

    private HttpMessage Update<T>(T entity, TableUpdateMode mode)
        where T : ITableEntity =>
        endpoint.Message(
            mode == TableUpdateMode.Replace ? RequestMethod.Put : RequestMethod.Patch,
            TableEndpoint.PathOf(Name, entity.PartitionKey, entity.RowKey),
            EntityWriter.Write(entity));
}
