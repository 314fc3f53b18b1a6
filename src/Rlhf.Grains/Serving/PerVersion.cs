using System.Collections.Concurrent;

namespace Rlhf.Grains.Serving;

/// <summary>Something of each version: loaded once, however many ask at once, and tried again where that failed.</summary>
/// <param name="load">Loads a version's.</param>
/// <typeparam name="T">What is loaded.</typeparam>
public sealed class PerVersion<T>(Func<string, Task<T>> load)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<T>>> _loads = new();

    /// <summary>The versions whose are loaded.</summary>
    public IEnumerable<string> Loaded => _loads.Where(load => load.Value.Value.IsCompletedSuccessfully).Select(load => load.Key);

    /// <summary>A version's: as it was loaded, or loaded now.</summary>
    public async Task<T> GetAsync(string version)
    {
        var loading = _loads.GetOrAdd(version, name => new Lazy<Task<T>>(() => load(name)));
        try
        {
            return await loading.Value;
        }
        catch
        {
            _loads.TryRemove(new KeyValuePair<string, Lazy<Task<T>>>(version, loading)); // the next caller tries again
            throw;
        }
    }

    /// <summary>Lets go of every version's but these, and tells whose that were.</summary>
    public IReadOnlyList<string> KeepOnly(IReadOnlySet<string> versions) =>
        [.. _loads.Keys.Where(loaded => !versions.Contains(loaded) && _loads.TryRemove(loaded, out _))];
}
