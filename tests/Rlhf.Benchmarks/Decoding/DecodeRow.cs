using Rlhf.Inference;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>One line of the table.</summary>
/// <param name="Model">The model.</param>
/// <param name="Precision">How the weights are held.</param>
/// <param name="Batch">Sequences at once.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Rate">Tokens per second.</param>
/// <param name="BandwidthShare">Weights read per second, once for all sequences of a step, of what was read in turn with it, pair by pair.</param>
/// <param name="FlopsPerSecond">Of OpenBLAS's float32 product of 1024³; null without OpenBLAS.</param>
/// <param name="PyTorch">PyTorch's tokens per second.</param>
/// <param name="Ratio">Ours to PyTorch's, pair by pair.</param>
internal sealed record DecodeRow(
    BenchModel Model, WeightPrecision Precision, int Batch, int Threads, Spread Rate, Spread BandwidthShare, double? FlopsPerSecond, Spread? PyTorch, Spread? Ratio)
{
    /// <summary>Arithmetic in the matrices per second, of what OpenBLAS does in a large product; null without OpenBLAS.</summary>
    public double? GemmShare => Rate.Median * 2 * Model.Weights / FlopsPerSecond;

    /// <summary>As the file has it.</summary>
    public object Json => new
    {
        batch = Batch,
        threads = Threads,
        type = DecodeArguments.Name(Precision),
        tokens_per_s = Rate.Median,
        bandwidth_share = BandwidthShare.Median,
        pytorch_tokens_per_s = PyTorch?.Median,
        ratio = Ratio?.Median,
    };
}
