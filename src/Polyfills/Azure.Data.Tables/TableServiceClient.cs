using Azure.Core.Pipeline;
using Azure.Data.Tables.Protocol;

namespace Azure.Data.Tables;

/// <summary>The tables of one account.</summary>
public class TableServiceClient
{
    private readonly TableEndpoint endpoint;

    /// <summary>The account that a connection string names.</summary>
    public TableServiceClient(string connectionString)
        : this(connectionString, null)
    {
    }

    /// <summary>The account that a connection string names.</summary>
    public TableServiceClient(string connectionString, TableClientOptions options = null)
    {
        endpoint = ConnectionString.Parse(connectionString).Open(options);
    }

    /// <summary>An account by its address and key.</summary>
    public TableServiceClient(Uri endpoint, TableSharedKeyCredential credential)
        : this(endpoint, credential, null)
    {
    }

    /// <summary>An account by its address and key.</summary>
    public TableServiceClient(Uri endpoint, TableSharedKeyCredential credential, TableClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(credential);
        this.endpoint = new TableEndpoint(endpoint, credential, options ?? new TableClientOptions());
    }

    /// <summary>For mocks.</summary>
    protected TableServiceClient()
    {
    }

    /// <summary>The account's name.</summary>
    public virtual string AccountName => endpoint.AccountName;

    /// <summary>The account's address.</summary>
    public virtual Uri Uri => endpoint.Uri;

    /// <summary>A client for one table. Nothing is sent.</summary>
    public virtual TableClient GetTableClient(string tableName)
    {
        ArgumentException.ThrowIfNullOrEmpty(tableName);
        return new TableClient(endpoint, tableName);
    }
}
