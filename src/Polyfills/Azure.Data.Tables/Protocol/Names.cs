namespace Azure.Data.Tables.Protocol;

/// <summary>The names that the service gives a meaning.</summary>
internal static class Names
{
    public const string PartitionKey = nameof(PartitionKey);
    public const string RowKey = nameof(RowKey);
    public const string Timestamp = nameof(Timestamp);
    public const string ETag = "odata.etag";
    public const string TypeSuffix = "@odata.type";
    public const string OData = "odata.";
}
