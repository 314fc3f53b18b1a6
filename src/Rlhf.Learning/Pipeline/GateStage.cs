using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Pipeline;

/// <summary>The stage that holds a candidate against the live version: on held-out prompts, and on what the operator gave.</summary>
/// <param name="model">The base model.</param>
/// <param name="trunk">Its frozen trunk.</param>
/// <param name="sampler">Where replies come from.</param>
/// <param name="options">The bounds.</param>
/// <param name="learning">How the policy answered while it learned.</param>
/// <param name="files">What the operator gave.</param>
internal sealed class GateStage(BaseModel model, CausalLm trunk, IRolloutSampler sampler, GateOptions options, PolicyOptions learning, GateFiles files)
{
    /// <summary>Decides whether the candidate may replace the live version.</summary>
    /// <param name="judge">Scores the replies.</param>
    /// <param name="independent">Whether it is another reward model than the candidate was trained on.</param>
    /// <param name="prompts">What no training saw.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="live">The live version, or null for the base.</param>
    /// <param name="seed">Equal seeds give equal verdicts.</param>
    /// <param name="progress">Told the looks taken.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public GateVerdict Judge(
        RewardEnsemble judge, bool independent, IReadOnlyList<RolloutPrompt> prompts, LoraAdapter candidate, LoraAdapter? live, ulong seed, Action<int> progress, CancellationToken cancellationToken)
    {
        using var span = RunTrace.Stage(TrainingStage.Evaluate);
        var trial = new PairwiseEvaluation(trunk, judge, sampler, prompts, options, learning.Temperature);
        var evidence = trial.Run(candidate, live, seed, progress, cancellationToken) with
        {
            Perplexity = files.Dialogues.Count == 0 ? null : Perplexities(candidate, live, cancellationToken),
            RegressionPrompts = files.Prompts.Count,
            Regressions = files.Prompts.Count == 0 ? [] : Regressions(candidate, live, cancellationToken),
        };
        return Gate.Decide(evidence, options, independent, seed);
    }

    private (double Candidate, double Live) Perplexities(LoraAdapter candidate, LoraAdapter? live, CancellationToken cancellationToken)
    {
        EncodedDialogue[] dialogues = [.. files.Dialogues.Select(dialogue => EncodedDialogue.From(dialogue, model.Template))];
        return (Of(candidate), Of(live));

        double Of(LoraAdapter? policy)
        {
            using var lora = policy is null ? null : new LoraParameters(model.Config, policy, trainable: false, trunk.Device);
            return Perplexity.Measure(trunk, dialogues, model.Template.EndId, lora, cancellationToken).Assistant ?? double.NaN;
        }
    }

    private string[] Regressions(LoraAdapter candidate, LoraAdapter? live, CancellationToken cancellationToken)
    {
        var room = new PromptRoom(model, learning);
        RolloutPrompt[] prompts = [.. files.Prompts.Select(prompt => room.Prompt(prompt.Context))];
        var (before, after) = (sampler.Likeliest(live, prompts, cancellationToken), sampler.Likeliest(candidate, prompts, cancellationToken));
        return [.. files.Prompts.Where((prompt, i) => prompt.IsWorse(before[i].Text, after[i].Text)).Select(prompt => prompt.Name)];
    }
}
