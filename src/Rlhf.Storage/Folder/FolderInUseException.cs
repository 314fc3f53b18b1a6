namespace Rlhf.Storage;

/// <summary>Another process holds the data folder.</summary>
internal sealed class FolderInUseException(string message, Exception inner) : StorageException(message, inner);
