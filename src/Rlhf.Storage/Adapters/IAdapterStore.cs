namespace Rlhf.Storage;

/// <summary>The trained adapters, one for each model version, and beside each the reward model that it was trained on and the manifest of its training, kept
/// with their checksums; and who may make each.</summary>
/// <remarks>Two learners may believe that a job is theirs: one that was cut off from the cluster goes on. So the
/// store numbers the claims of a version, takes what is to be kept only from the latest one, and settles it once.</remarks>
public interface IAdapterStore
{
    /// <summary>Claims a version. From then on no earlier claim of it can save or settle anything.</summary>
    /// <param name="version">The version: letters, digits, <c>.</c>, <c>-</c> and <c>_</c>, at most 64 of them.</param>
    /// <param name="cancellationToken">Cancels before the claim stands.</param>
    /// <returns>The new claim; of a version that was settled, the claim that settled it.</returns>
    Task<VersionClaim> ClaimAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>Keeps an adapter. When the task completes it survives a crash; until then the version's former one stands.</summary>
    /// <param name="version">The version.</param>
    /// <param name="adapter">The adapter as a safetensors file.</param>
    /// <param name="claim">The token of the version's latest claim.</param>
    /// <param name="cancellationToken">Cancels before the adapter takes its place.</param>
    /// <returns>A task that completes when the adapter is durable.</returns>
    /// <exception cref="ClaimLostException">The version was claimed again, or settled; nothing was changed.</exception>
    /// <exception cref="StorageFullException">There is no room; nothing was changed.</exception>
    Task SaveAsync(string version, ReadOnlyMemory<byte> adapter, long claim, CancellationToken cancellationToken = default);

    /// <summary>Keeps the reward model that a version was trained on. When the task completes it survives a crash; until then the
    /// version's former one stands.</summary>
    /// <param name="version">The version.</param>
    /// <param name="reward">The reward model as a safetensors file.</param>
    /// <param name="claim">The token of the version's latest claim.</param>
    /// <param name="cancellationToken">Cancels before the reward model takes its place.</param>
    /// <returns>A task that completes when the reward model is durable.</returns>
    /// <exception cref="ClaimLostException">The version was claimed again, or settled; nothing was changed.</exception>
    /// <exception cref="StorageFullException">There is no room; nothing was changed.</exception>
    Task SaveRewardAsync(string version, ReadOnlyMemory<byte> reward, long claim, CancellationToken cancellationToken = default);

    /// <summary>Keeps the manifest of a version's training: what went in and what came out. Once the version is settled nothing can change it.</summary>
    /// <param name="version">The version.</param>
    /// <param name="manifest">The manifest as JSON.</param>
    /// <param name="claim">The token of the version's latest claim.</param>
    /// <param name="cancellationToken">Cancels before the manifest takes its place.</param>
    /// <returns>A task that completes when the manifest is durable.</returns>
    /// <exception cref="ClaimLostException">The version was claimed again, or settled; nothing was changed.</exception>
    /// <exception cref="StorageFullException">There is no room; nothing was changed.</exception>
    Task SaveManifestAsync(string version, ReadOnlyMemory<byte> manifest, long claim, CancellationToken cancellationToken = default);

    /// <summary>Settles a version for good. Doing so again changes nothing.</summary>
    /// <param name="version">The version.</param>
    /// <param name="claim">The token of the version's latest claim.</param>
    /// <param name="accepted">Whether it may be published.</param>
    /// <param name="cancellationToken">Cancels before it is settled.</param>
    /// <returns>A task that completes when that is durable.</returns>
    /// <exception cref="ClaimLostException">The version was claimed again, or settled otherwise.</exception>
    Task SettleAsync(string version, long claim, bool accepted, CancellationToken cancellationToken = default);

    /// <summary>The adapter of a version.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The file's bytes, proved against their checksum; null when the version has none.</returns>
    /// <exception cref="StorageDamagedException">The file is torn or was changed, or the version was settled as accepted and its file is not there.</exception>
    Task<byte[]?> LoadAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>The reward model that a version was trained on.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The file's bytes, proved against their checksum; null when the version has none.</returns>
    /// <exception cref="StorageException">The file is torn or was changed.</exception>
    Task<byte[]?> LoadRewardAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>The manifest of a version's training.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The manifest as JSON, proved against its checksum; null when the version has none, as the base and versions of before there were manifests.</returns>
    /// <exception cref="StorageException">The file is torn or was changed.</exception>
    Task<byte[]?> LoadManifestAsync(string version, CancellationToken cancellationToken = default);
}
