using System.Globalization;
using Rlhf.Inference;

namespace Rlhf.Learner.Manifests;

/// <summary>In what two adapters differ.</summary>
internal static class AdapterDifferences
{
    /// <summary>The differences, each in a few words.</summary>
    public static IEnumerable<string> Of(byte[] expected, byte[] found)
    {
        var (then, now) = (LoraAdapter.FromBytes(expected, "the version's adapter"), LoraAdapter.FromBytes(found, "the adapter of now"));
        if ((then.Rank, then.Alpha) != (now.Rank, now.Alpha))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"rank {then.Rank} and alpha {then.Alpha} then, {now.Rank} and {now.Alpha} now");
        }

        if (!then.Modules.Keys.Order(StringComparer.Ordinal).SequenceEqual(now.Modules.Keys.Order(StringComparer.Ordinal)))
        {
            yield return $"{then.Modules.Count} modules then, {now.Modules.Count} now, not all the same";
            yield break;
        }

        var pairs = then.Modules.SelectMany(module => (IEnumerable<(float[], float[])>)
            [(module.Value.A.Values, now.Modules[module.Key].A.Values), (module.Value.B.Values, now.Modules[module.Key].B.Values)]).ToList();
        var different = pairs.Where(pair => !pair.Item1.AsSpan().SequenceEqual(pair.Item2)).ToList();
        var most = different.SelectMany(pair => pair.Item1.Zip(pair.Item2, (a, b) => Math.Abs(a - b))).DefaultIfEmpty(0).Max();
        yield return string.Create(CultureInfo.InvariantCulture, $"{different.Count} of {pairs.Count} matrices of the adapter, by at most {most:G3}");
    }
}
