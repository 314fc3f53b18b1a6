using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>What a step's probability ratios tell, by TRL's names.</summary>
internal static class RatioFigures
{
    /// <summary>Mean, variance, and the share that is clipped.</summary>
    public static IEnumerable<(string Name, double Value)> Of(Tensor ratio, double clip)
    {
        var ratios = ratio.ToArray();
        var mean = ratios.Average(r => (double)r);
        return
        [
            ("policy/clipfrac_avg", ratios.Average(r => Math.Abs(r - 1) > clip ? 1.0 : 0.0)),
            ("val/ratio", mean),
            ("val/ratio_var", ratios.Average(r => (r - mean) * (r - mean))),
        ];
    }
}
