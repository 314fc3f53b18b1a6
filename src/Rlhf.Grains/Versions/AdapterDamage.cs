using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <summary>Which versions could not answer.</summary>
public static class AdapterDamage
{
    /// <summary>Why a version can't answer; null where its adapter is whole. The base needs none.</summary>
    /// <param name="adapters">Where the adapter is kept.</param>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store does not answer.</exception>
    public static async Task<string?> WhyNotAsync(this IAdapterStore adapters, string version, CancellationToken cancellationToken)
    {
        try
        {
            return version == ModelCatalog.Base || await adapters.LoadAsync(version, cancellationToken) is not null
                ? null
                : $"The adapter of {version} is missing. Restore it from a backup.";
        }
        catch (StorageDamagedException error)
        {
            return error.Message;
        }
    }

    /// <summary>The version that answers: the live one, or what answers in its place where its adapter is damaged.</summary>
    /// <param name="adapters">Where the adapters are kept.</param>
    /// <param name="catalog">The versions.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store does not answer.</exception>
    public static async Task<string> AnsweringAsync(this IAdapterStore adapters, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var damaged = new List<string>();
        while (await adapters.WhyNotAsync(catalog.Without(damaged).Live, cancellationToken) is not null)
        {
            damaged.Add(catalog.Without(damaged).Live);
        }

        return catalog.Without(damaged).Live;
    }
}
