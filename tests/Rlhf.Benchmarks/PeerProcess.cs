using System.Diagnostics;
using System.Globalization;

namespace Rlhf.Benchmarks;

/// <summary>What runs in turn with us: a process that works when asked, one command a line, and sleeps in between.</summary>
internal abstract class PeerProcess : IDisposable
{
    private readonly string _program;
    private readonly Process _process;

    /// <param name="peer">Whose work it is, as tables show it.</param>
    /// <param name="program">As errors call the program.</param>
    /// <param name="start">Starts it; its first line is "ready" and a version.</param>
    /// <param name="threads">OpenMP's threads.</param>
    /// <param name="waiting">How they wait: ACTIVE or PASSIVE; as they do by default unless told.</param>
    /// <param name="need">What it takes to run.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    protected PeerProcess(string peer, string program, ProcessStartInfo start, int threads, string? waiting, string need)
    {
        (Peer, _program) = (peer, program);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.Environment.Remove("OMP_WAIT_POLICY");
        if (waiting is not null)
            start.Environment["OMP_WAIT_POLICY"] = waiting;
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() is not ['r', 'e', 'a', 'd', 'y', ' ', .. string version])
            throw new InvalidOperationException($"{start.FileName} could not run {program}; it needs {need} and its message is above.");
        Version = version;
    }

    /// <summary>Whose work it is.</summary>
    public string Peer { get; }

    /// <summary>The library's version.</summary>
    public string Version { get; }

    /// <summary>The seconds a command took.</summary>
    public double Ask(string verb, params IReadOnlyList<int> numbers) => Figures(verb, numbers)[0];

    /// <summary>The numbers that a command is answered with.</summary>
    protected double[] Figures(string verb, params IReadOnlyList<int> numbers)
    {
        string command = string.Join(' ', [verb, .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]);
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_program} ended at '{command}'; its message is above.");
        return [.. answer.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
