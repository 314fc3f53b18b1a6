using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>The catalogue as this silo last heard of it: what requests go by, so that none waits for the catalogue's grain.</summary>
/// <param name="model">The model's name.</param>
public sealed class CatalogCache(string model)
{
    private readonly Lock _adopting = new();
    private volatile ModelCatalog _current = new(model, -1, [new ServedVersion(ModelCatalog.Base, VersionState.Live, 1)], Trunk: "");

    /// <summary>The last catalogue heard of; the base alone before the first.</summary>
    public ModelCatalog Current => _current;

    /// <summary>Tells of each catalogue that is gone by from then on.</summary>
    public event Action<ModelCatalog>? Changed;

    /// <summary>Whether the catalogue was heard of at all.</summary>
    public bool IsReady => _current.Revision >= 0;

    /// <summary>Goes by <paramref name="catalog"/> from now on, unless a later one was heard of, or the same with more versions.</summary>
    public void Adopt(ModelCatalog catalog)
    {
        lock (_adopting)
        {
            if (catalog.Revision > _current.Revision || (catalog.Revision == _current.Revision && catalog.Versions.Length > _current.Versions.Length))
            {
                _current = catalog;
                Changed?.Invoke(catalog);
            }
        }
    }
}
