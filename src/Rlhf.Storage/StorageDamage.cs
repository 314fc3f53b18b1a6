using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rlhf.Storage;

/// <summary>What this process found damaged in its store. Each thing is told once and set aside, and the rest goes on.</summary>
/// <param name="log">Where it is told.</param>
public sealed partial class StorageDamage(ILogger<StorageDamage>? log = null)
{
    private readonly ConcurrentDictionary<string, bool> found = new();

    /// <summary>What was found, in words.</summary>
    public IReadOnlyCollection<string> Found => [.. found.Keys];

    /// <summary>Sets something aside.</summary>
    /// <param name="what">What is damaged, where, and what would help.</param>
    public void Report(string what)
    {
        if (found.TryAdd(what, true) && log is not null)
        {
            LogFound(log, what);
        }
    }

    /// <summary>Reads something, or sets it aside and returns null.</summary>
    internal T? Unless<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (StorageDamagedException error)
        {
            Report(error.Message);
            return null;
        }
    }

    /// <summary>Reads something that is asked for by its name: where it is damaged that is the answer, too.</summary>
    internal T Told<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (StorageDamagedException error)
        {
            Report(error.Message);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{What} It is set aside; './rlhf verify' looks for more")]
    private static partial void LogFound(ILogger log, string what);
}
