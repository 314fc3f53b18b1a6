namespace Rlhf.Learning.Pipeline;

/// <summary>Where pretraining or fine-tuning stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Tokens">Tokens seen, padding not counted, in the whole run.</param>
/// <param name="Loss">Mean loss since the last report, nats a token.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="GradientNorm">Of the last step, before clipping.</param>
/// <param name="DroppedSteps">Steps left out because loss or gradient was not finite.</param>
/// <param name="TokensPerSecond">Since the last report.</param>
/// <param name="Elapsed">Training time of the whole run, interruptions not counted.</param>
/// <param name="Left">At the pace since the last report.</param>
/// <param name="HeldOutPerplexity">By source; empty unless this step measured it.</param>
public sealed record TrainingReport(
    int Step,
    int Steps,
    long Tokens,
    double Loss,
    double LearningRate,
    double GradientNorm,
    int DroppedSteps,
    double TokensPerSecond,
    TimeSpan Elapsed,
    TimeSpan Left,
    IReadOnlyDictionary<string, double> HeldOutPerplexity);
