using System.Collections.Immutable;

namespace Rlhf.Learner;

/// <summary>The figures of a run as they can be stored and sent.</summary>
internal static class Figures
{
    /// <summary>JSON has no word for infinity or for what is no number; a figure that is neither is left out.</summary>
    public static ImmutableDictionary<string, double> Finite(IEnumerable<KeyValuePair<string, double>> figures) =>
        figures.Where(figure => double.IsFinite(figure.Value)).ToImmutableDictionary();
}
