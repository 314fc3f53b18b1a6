using Orleans;

namespace Rlhf.Storage;

/// <summary>Another process holds the data folder.</summary>
[GenerateSerializer, Alias("rlhf.FolderInUseException")]
internal sealed class FolderInUseException(string message, Exception inner) : StorageException(message, inner);
