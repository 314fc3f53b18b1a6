using System.Globalization;
using Rlhf.Inference;

namespace Rlhf.Learning.Model;

/// <summary>Where in the trunk an adapter lies.</summary>
internal static class LoraLayers
{
    /// <summary>The lowest layer it changes: what lies below is the bare trunk's, and the same for all adapters.</summary>
    public static int LowestLayer(this LoraAdapter adapter)
        => adapter.Modules.Keys.Select(path => int.Parse(path.Split('.')[2], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Min();
}
