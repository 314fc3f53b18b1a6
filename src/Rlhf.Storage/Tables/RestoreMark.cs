namespace Rlhf.Storage.Tables;

/// <summary>The row of the table <c>ledger</c> that is there while a backup is being restored.</summary>
internal static class RestoreMark
{
    public const string Partition = "restore", Row = "unfinished";
}
