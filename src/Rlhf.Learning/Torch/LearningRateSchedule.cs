namespace Rlhf.Learning.Torch;

/// <summary>Up in a line over the warm-up, then down in a line to zero behind the last step.</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="Warmup">Steps of the rise.</param>
/// <param name="Steps">Steps of the run.</param>
public sealed record LearningRateSchedule(double Peak, int Warmup, int Steps)
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(int step) => step < Warmup
        ? Peak * (step + 1) / Warmup
        : Peak * (Steps - step) / Math.Max(1, Steps - Warmup);
}
