using System.Text.Json.Serialization;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Pipeline;

/// <summary>What a judgement was used for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JudgementUse>))]
public enum JudgementUse
{
    /// <summary>The reward model and the policy learned from it.</summary>
    Train,

    /// <summary>The gate's own reward model learned from it, and nothing else.</summary>
    Judge,

    /// <summary>It is on a prompt that the gate judges by: nothing learned from it.</summary>
    HeldOut,
}

/// <summary>What of a request trained and what judged.</summary>
/// <param name="Feedback">The use of each of <see cref="TrainingRequest.Feedback"/>.</param>
/// <param name="HeldOut">Whether the gate judged by each of <see cref="TrainingRequest.Prompts"/>; the policy practised on the others.</param>
public sealed record TrainingSplit(IReadOnlyList<JudgementUse> Feedback, IReadOnlyList<bool> HeldOut)
{
    internal static TrainingSplit Of(TrainingRequest request, IEnumerable<Judgement> learned, IEnumerable<Judgement> judging, PromptSplit prompts, PromptRoom room)
    {
        var (train, judge) = (learned.ToHashSet(ReferenceEqualityComparer.Instance), judging.ToHashSet(ReferenceEqualityComparer.Instance));
        return new TrainingSplit(
            [.. request.Feedback.Select(said => train.Contains(said) ? JudgementUse.Train : judge.Contains(said) ? JudgementUse.Judge : JudgementUse.HeldOut)],
            [.. request.Prompts.Select(prompt => prompts.HoldsOut(room.Prompt(prompt)))]);
    }
}
