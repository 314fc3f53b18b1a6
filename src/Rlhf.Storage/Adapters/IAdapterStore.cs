namespace Rlhf.Storage;

/// <summary>The trained adapters, one for each model version, kept with their checksums.</summary>
public interface IAdapterStore
{
    /// <summary>Keeps an adapter. When the task completes it survives a crash; until then the version's former one stands.</summary>
    /// <param name="version">The version: letters, digits, <c>.</c>, <c>-</c> and <c>_</c>, at most 64 of them.</param>
    /// <param name="adapter">The adapter as a safetensors file.</param>
    /// <param name="cancellationToken">Cancels before the adapter takes its place.</param>
    /// <returns>A task that completes when the adapter is durable.</returns>
    /// <exception cref="StorageFullException">There is no room; nothing was changed.</exception>
    Task SaveAsync(string version, ReadOnlyMemory<byte> adapter, CancellationToken cancellationToken = default);

    /// <summary>The adapter of a version.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The file's bytes, proved against their checksum; null when the version has none.</returns>
    /// <exception cref="StorageException">The file is torn or was changed.</exception>
    Task<byte[]?> LoadAsync(string version, CancellationToken cancellationToken = default);
}
