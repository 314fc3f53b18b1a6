namespace Rlhf.Storage;

/// <summary>The API keys of an installation. Revoked ones stay, so that it is known what was once good.</summary>
public interface IKeyStore
{
    /// <summary>Adds a key. When the task completes it survives a crash.</summary>
    /// <param name="key">The key. Sent again unchanged, nothing is written.</param>
    /// <param name="cancellationToken">Cancels while the write waits.</param>
    /// <returns>A task that completes when the key is durable.</returns>
    /// <exception cref="InvalidOperationException">There is another key of that id.</exception>
    /// <exception cref="StorageFullException">There is no room; nothing was added.</exception>
    Task AddAsync(StoredKey key, CancellationToken cancellationToken = default);

    /// <summary>All keys, revoked ones among them.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The keys, oldest first.</returns>
    Task<IReadOnlyList<StoredKey>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Revokes a key. One that is revoked already keeps its first date.</summary>
    /// <param name="id">The key's id.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellationToken">Cancels while the write waits.</param>
    /// <returns>The key as it is now; null when there is none of that id.</returns>
    Task<StoredKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default);
}
