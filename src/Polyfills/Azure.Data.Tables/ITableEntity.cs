namespace Azure.Data.Tables;

/// <summary>What every entity of a table has.</summary>
public interface ITableEntity
{
    /// <summary>The partition it lies in.</summary>
    string PartitionKey { get; set; }

    /// <summary>Its name within the partition.</summary>
    string RowKey { get; set; }

    /// <summary>When the service stored it last.</summary>
    DateTimeOffset? Timestamp { get; set; }

    /// <summary>Which of its versions this is.</summary>
    ETag ETag { get; set; }
}
