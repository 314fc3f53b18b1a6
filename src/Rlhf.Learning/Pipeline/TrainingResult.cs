using Rlhf.Inference;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Pipeline;

/// <summary>What a finished run made and whether the gate lets it through.</summary>
/// <param name="Decision">What the gate decided.</param>
/// <param name="Reason">In words: why it was accepted, or each bound it broke with its value.</param>
/// <param name="Policy">The candidate's adapter.</param>
/// <param name="Reward">The reward model it was trained on, which can choose among its replies.</param>
/// <param name="Metrics">Everything measured, the gate's figures under <c>gate/</c>.</param>
/// <param name="Split">What trained and what judged.</param>
public sealed record TrainingResult(
    GateDecision Decision,
    string Reason,
    LoraAdapter Policy,
    SavedReward Reward,
    IReadOnlyDictionary<string, double> Metrics,
    TrainingSplit Split);
