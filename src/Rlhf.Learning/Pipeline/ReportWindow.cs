using System.Diagnostics;

namespace Rlhf.Learning.Pipeline;

/// <summary>Collects what the next report says about the steps since the last one.</summary>
internal sealed class ReportWindow
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _losses;
    private int _taken;
    private int _steps;
    private long _tokens;

    public double Loss => _losses / _taken;

    public double GradientNorm { get; private set; } = double.NaN;

    public double TokensPerSecond => _tokens / _clock.Elapsed.TotalSeconds;

    public double SecondsPerStep => _clock.Elapsed.TotalSeconds / _steps;

    public void Add((double Loss, double GradientNorm)? step, long tokens)
    {
        _steps++;
        _tokens += tokens;
        if (step is not { } taken)
            return;
        _taken++;
        _losses += taken.Loss;
        GradientNorm = taken.GradientNorm;
    }

    /// <summary>Stops the clock, so that measuring on held-out dialogues does not count.</summary>
    public void Close() => _clock.Stop();
}
