using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;

namespace Rlhf.Benchmarks;

/// <summary>The same work in PyTorch: a process of a Python script.</summary>
/// <param name="path">The script beside the program; it takes a shape and a number of threads.</param>
/// <param name="config">The model's shape.</param>
/// <param name="threads">PyTorch's threads.</param>
/// <param name="waiting">How OpenMP's threads wait: ACTIVE or PASSIVE; as they do by default unless told.</param>
/// <exception cref="InvalidOperationException">There is no Python with PyTorch.</exception>
internal sealed class PyTorchScript(string path, ModelConfig config, int threads, string? waiting = null)
    : PeerProcess("PyTorch", Path.GetFileName(path), Start(path, config, threads), threads, waiting, "PyTorch (Debian: python3-torch)")
{
    private const string Python = "/usr/bin/python3";

    private static ProcessStartInfo Start(string path, ModelConfig config, int threads)
    {
        string shape = JsonSerializer.Serialize(new
        {
            hidden = config.HiddenSize,
            intermediate = config.IntermediateSize,
            layers = config.Layers,
            heads = config.Heads,
            kv_heads = config.KeyValueHeads,
            head = config.HeadSize,
            vocabulary = config.VocabularySize,
            context = config.ContextLength,
        });
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, path), shape, threads.ToString(CultureInfo.InvariantCulture)]);
        // PyTorch at its best: OpenBLAS chooses by the processor.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        return start;
    }
}
