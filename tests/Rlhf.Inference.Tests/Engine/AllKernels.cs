using System.Numerics;
using System.Runtime.Intrinsics;

namespace Rlhf.Inference.Tests;

/// <summary>Every width of kernels. On a processor without a width the runtime emulates it, slowly and right.</summary>
internal static class AllKernels
{
    /// <summary>By the name that tests show.</summary>
    public static Kernels Of(string width) => width switch
    {
        "512" => new Kernels<Lanes512, Vector512<float>>(),
        "256" => new Kernels<Lanes256, Vector256<float>>(),
        "portable" => new Kernels<PortableLanes, Vector<float>>(),
        _ => throw new ArgumentException($"There are no kernels '{width}'.", nameof(width)),
    };

    /// <summary>The names.</summary>
    public static TheoryData<string> Widths => new("512", "256", "portable");

    /// <summary>Each width with each precision of weights.</summary>
    public static TheoryData<string, WeightPrecision> WidthsAndPrecisions
    {
        get
        {
            var data = new TheoryData<string, WeightPrecision>();
            foreach (string width in (string[])["512", "256", "portable"])
            {
                foreach (WeightPrecision precision in Enum.GetValues<WeightPrecision>())
                    data.Add(width, precision);
            }

            return data;
        }
    }
}
