using Orleans;

namespace Rlhf.Contracts;

/// <summary>A silo that wants to hear of every change of the catalogue.</summary>
[Alias("rlhf.IModelCatalogObserver")]
public interface IModelCatalogObserver : IGrainObserver
{
    /// <summary>The catalogue changed. Completes when this silo answers by it.</summary>
    [Alias("Changed")]
    Task ChangedAsync(ModelCatalog catalog);
}
