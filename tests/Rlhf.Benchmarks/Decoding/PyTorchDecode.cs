using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>The same model in PyTorch: a process of <c>decode_pytorch.py</c> that runs when asked and sleeps in between.</summary>
internal sealed class PyTorchDecode : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;

    /// <exception cref="InvalidOperationException">There is no Python with PyTorch.</exception>
    public PyTorchDecode(BenchModel model, int threads)
    {
        string shape = JsonSerializer.Serialize(new
        {
            hidden = model.Config.HiddenSize,
            intermediate = model.Config.IntermediateSize,
            layers = model.Config.Layers,
            heads = model.Config.Heads,
            kv_heads = model.Config.KeyValueHeads,
            head = model.Config.HeadSize,
            vocabulary = model.Config.VocabularySize,
            context = model.Config.ContextLength,
        });
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "Decoding", "decode_pytorch.py"), shape, threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // PyTorch at its best: OpenBLAS chooses by the processor, and OpenMP's threads wait as they do by default.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() is not ['r', 'e', 'a', 'd', 'y', ' ', .. string version])
            throw new InvalidOperationException($"{Python} could not run decode_pytorch.py; it needs PyTorch (Debian: python3-torch) and its message is above.");
        Version = version;
    }

    /// <summary>PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>Seconds to draw replies to a batch of prompts.</summary>
    public double Decode(int batch, int promptTokens, int replyTokens) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"decode {batch} {promptTokens} {replyTokens}"));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private double Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"decode_pytorch.py ended at '{command}'; its message is above.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }
}
