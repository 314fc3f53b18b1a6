using Azure.Data.Tables.Protocol;

namespace Azure.Data.Tables;

/// <summary>A transaction was refused; none of its actions was done.</summary>
public class TableTransactionFailedException : RequestFailedException
{
    /// <summary>Creates the exception from the one that the service's answer gave.</summary>
    public TableTransactionFailedException(RequestFailedException requestFailedException)
        : base(requestFailedException.Status, requestFailedException.Message, requestFailedException.ErrorCode, requestFailedException.InnerException)
    {
        FailedTransactionActionIndex = TransactionError.FailedIndex(requestFailedException.Message);
    }

    /// <summary>Which action was the wrong one, counted from 0; null where the service does not say.</summary>
    public int? FailedTransactionActionIndex { get; }
}
