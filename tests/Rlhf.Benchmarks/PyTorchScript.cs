using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rlhf.Inference;

namespace Rlhf.Benchmarks;

/// <summary>The same work in PyTorch: a process of a Python script that runs when asked and sleeps in between.</summary>
internal sealed class PyTorchScript : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly string _name;
    private readonly Process _process;

    /// <param name="path">The script beside the program; it takes a shape and a number of threads.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="threads">PyTorch's threads.</param>
    /// <param name="waiting">How OpenMP's threads wait: ACTIVE or PASSIVE; as they do by default unless told.</param>
    /// <exception cref="InvalidOperationException">There is no Python with PyTorch.</exception>
    public PyTorchScript(string path, ModelConfig config, int threads, string? waiting = null)
    {
        _name = Path.GetFileName(path);
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
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, path), shape, threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // PyTorch at its best: OpenBLAS chooses by the processor.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OMP_WAIT_POLICY");
        if (waiting is not null)
            start.Environment["OMP_WAIT_POLICY"] = waiting;
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() is not ['r', 'e', 'a', 'd', 'y', ' ', .. string version])
            throw new InvalidOperationException($"{Python} could not run {_name}; it needs PyTorch (Debian: python3-torch) and its message is above.");
        Version = version;
    }

    /// <summary>PyTorch's version.</summary>
    public string Version { get; }

    /// <summary>The seconds a command took.</summary>
    public double Ask(string verb, params IReadOnlyList<int> numbers)
    {
        string command = string.Join(' ', [verb, .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]);
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_name} ended at '{command}'; its message is above.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
