using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Pipeline;

/// <summary>The stage that makes a reward model of feedback, on the scale of the reference policy's own replies.</summary>
/// <param name="model">The base model.</param>
/// <param name="trunk">Its frozen trunk.</param>
/// <param name="options">How to train.</param>
/// <param name="sampler">Where the reference policy's replies come from.</param>
/// <param name="prompts">What it replies to.</param>
internal sealed class RewardStage(BaseModel model, CausalLm trunk, RewardOptions options, IRolloutSampler sampler, IReadOnlyList<RolloutPrompt> prompts)
{
    /// <summary>Trains.</summary>
    /// <param name="judgements">What to learn from; thumbs of both kinds, or anything else, must be among them.</param>
    /// <param name="seed">Equal seeds give equal models.</param>
    /// <param name="progress">Told steps done, steps in all and figures.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public RewardEnsemble Train(
        IReadOnlyList<Judgement> judgements, ulong seed, Action<int, int, IReadOnlyDictionary<string, double>> progress, CancellationToken cancellationToken)
    {
        using var span = RunTrace.Stage(TrainingStage.Reward);
        var encoder = new RewardEncoder(model, options);
        var trainer = new RewardTrainer(model, trunk, options);
        using var corpus = trainer.Read(
            [.. judgements.Where(judgement => judgement.Weight > 0).SelectMany(judgement => RewardExample.Of(judgement, encoder))],
            cancellationToken);
        var reward = trainer.Train(corpus, [.. Enumerable.Range(0, corpus.Examples.Count)], seed, progress, cancellationToken);

        var order = new PromptOrder(prompts, seed);
        var own = sampler.Sample(policy: null, order.Take(0, options.ReferenceReplies), SeededRandom.Hash(seed, "reference"), cancellationToken);
        reward.NormaliseOn([.. own.Select(r => encoder.Encode(r.Prompt.Context, r.Text))], cancellationToken);
        return reward;
    }
}
