using System.Globalization;

namespace Rlhf.Storage;

/// <summary>What a look through one kind of things found damaged: the first in words, and how many more.</summary>
/// <param name="kind">What the things are called.</param>
internal sealed class Findings(string kind)
{
    private const int Most = 20;
    private readonly List<string> first = [];

    /// <summary>How many things are damaged.</summary>
    public long Count { get; private set; }

    /// <summary>The first of them, each in a sentence, and one of how many more there are.</summary>
    public IEnumerable<string> Told => Count > first.Count ? [.. first, string.Create(CultureInfo.InvariantCulture, $"And {Count - first.Count:N0} more {kind}.")] : first;

    public void Add(string what)
    {
        if (++Count <= Most)
        {
            first.Add(what);
        }
    }
}
