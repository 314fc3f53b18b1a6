using System.Collections.Concurrent;
using Rlhf.Contracts;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Grains.Serving;

/// <summary>The versions in this silo's decode engine. Weights are here once, however many grains use them.</summary>
/// <param name="engine">The engine; it takes a version up or lets one go between two decode steps.</param>
/// <param name="adapters">Where a version's adapter is found.</param>
public sealed class LoadedVersions(DecodeEngine engine, IAdapterStore adapters)
{
    private readonly ConcurrentDictionary<string, Lazy<Task>> _loads = new();

    /// <summary>The versions that are loaded.</summary>
    public IEnumerable<string> Names => _loads.Where(load => load.Value.Value.IsCompletedSuccessfully).Select(load => load.Key);

    /// <summary>Returns when <paramref name="version"/> can be drawn with. Two callers at once load it once.</summary>
    public async Task EnsureAsync(string version)
    {
        var load = _loads.GetOrAdd(version, name => new Lazy<Task>(() => LoadAsync(name)));
        try
        {
            await load.Value;
        }
        catch
        {
            _loads.TryRemove(new KeyValuePair<string, Lazy<Task>>(version, load)); // the next caller tries again
            throw;
        }
    }

    /// <summary>Lets go of every version but these. Replies in progress are finished by the version that began them.</summary>
    public void KeepOnly(IReadOnlySet<string> versions)
    {
        foreach (var version in _loads.Keys.Where(loaded => !versions.Contains(loaded)))
        {
            if (_loads.TryRemove(version, out _))
            {
                engine.Unload(version);
            }
        }
    }

    private async Task LoadAsync(string version)
    {
        if (version == ModelCatalog.Base)
        {
            engine.Load(version, adapter: null);
            return;
        }

        var bytes = await adapters.LoadAsync(version)
            ?? throw new RefusedException(Refusal.NotFound, $"Version '{version}' has no adapter in the store.", "model");
        // Packing takes milliseconds, and every reply's tokens pass through the turns of the grain that called.
        await Task.Run(() => engine.Load(version, LoraAdapter.FromBytes(bytes, $"version '{version}'")));
    }
}
