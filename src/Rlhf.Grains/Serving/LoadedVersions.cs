using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Grains.Serving;

/// <summary>The versions in this silo's decode engine. Weights are here once, however many grains use them.</summary>
public sealed class LoadedVersions
{
    private readonly DecodeEngine _engine;
    private readonly IAdapterStore _adapters;
    private readonly PerVersion<bool> _loads;

    /// <summary>None yet.</summary>
    /// <param name="engine">The engine; it takes a version up or lets one go between two decode steps.</param>
    /// <param name="adapters">Where a version's adapter is found.</param>
    public LoadedVersions(DecodeEngine engine, IAdapterStore adapters)
    {
        _engine = engine;
        _adapters = adapters;
        _loads = new PerVersion<bool>(LoadAsync);
    }

    /// <summary>The versions that are loaded.</summary>
    public IEnumerable<string> Names => _loads.Loaded;

    /// <summary>Returns when <paramref name="version"/> can be drawn with. Two callers at once load it once.</summary>
    public Task EnsureAsync(string version) => _loads.GetAsync(version);

    /// <summary>Lets go of every version but these. Replies in progress are finished by the version that began them.</summary>
    public void KeepOnly(IReadOnlySet<string> versions)
    {
        foreach (var version in _loads.KeepOnly(versions))
        {
            _engine.Unload(version);
        }
    }

    private async Task<bool> LoadAsync(string version)
    {
        if (version == ModelCatalog.Base)
        {
            _engine.Load(version, adapter: null);
            return true;
        }

        var bytes = await _adapters.LoadAsync(version)
            ?? throw new RefusedException(Refusal.NotFound, $"Version '{version}' has no adapter in the store.", "model");
        // Packing takes milliseconds, and every reply's tokens pass through the turns of the grain that called.
        await Task.Run(() => _engine.Load(version, LoraAdapter.FromBytes(bytes, $"version '{version}'")));
        return true;
    }
}
