using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Rewards;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>Everything that configures a training run.</summary>
public sealed record LearnerOptions
{
    /// <summary>Threads for tensor work and rollouts, which take turns; 0 takes one a core.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary><see cref="Threads"/>, counted on this machine.</summary>
    [JsonIgnore]
    public int ThreadsHere => Threads == 0 ? Environment.ProcessorCount : Threads;

    /// <summary>Where the learner computes: <c>cpu</c>, <c>cuda</c>, or <c>cuda:1</c> for the second of several GPUs. On a GPU
    /// rollouts are drawn there, too; on the CPU the decode engine draws them.</summary>
    /// <value>The default value is <c>cpu</c>.</value>
    [RegularExpression(LearnerDevice.Pattern)]
    public string Device { get; init; } = "cpu";

    /// <summary>The numbers in which activations meet weights in training.</summary>
    /// <value>The default value is <see cref="ProductPrecision.Float32"/>.</value>
    [EnumDataType(typeof(ProductPrecision))]
    public ProductPrecision Precision { get; init; }

    /// <summary>The shape of the policy's LoRA; a policy that goes on from a live version keeps that version's.</summary>
    /// <value>The default value is rank 16, alpha 32, all seven projections of the top two layers: as many as trlX leaves unfrozen, and the
    /// rest of the trunk is computed once an iteration instead of in every step.</value>
    public LoraOptions Policy { get; init; } = new() { Rank = 16, Alpha = 32, TopLayers = 2 };

    /// <summary>The reward model.</summary>
    public RewardOptions Reward { get; init; } = new();

    /// <summary>The weight of the reward model among the components of the reward.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1000.0)]
    public double HumanWeight { get; init; } = 1;

    /// <summary>Bonuses and penalties by rules.</summary>
    public RulesOptions Rules { get; init; } = new();

    /// <summary>A scorer behind an address.</summary>
    public ScorerOptions Scorer { get; init; } = new();

    /// <summary>An AI judge, as a component of the reward or beside the raters.</summary>
    public JudgeOptions Judge { get; init; } = new();

    /// <summary>A reward for replies that differ from one another.</summary>
    public DiversityOptions Diversity { get; init; } = new();

    /// <summary>The components of the reward.</summary>
    [JsonIgnore]
    public RewardComponents Components => new(HumanWeight, Rules, Scorer, Judge, Diversity);

    /// <summary>What comes before the policy where there are corrections.</summary>
    public SftOptions Sft { get; init; } = new();

    /// <summary>How the policy learns; the options under its name are those that count.</summary>
    /// <value>The default value is <see cref="PolicyAlgorithm.Ppo"/>.</value>
    [EnumDataType(typeof(PolicyAlgorithm))]
    public PolicyAlgorithm Algorithm { get; init; }

    /// <summary>PPO.</summary>
    public PpoOptions Ppo { get; init; } = new();

    /// <summary>RLOO.</summary>
    public RlooOptions Rloo { get; init; } = new();

    /// <summary>GRPO.</summary>
    public GrpoOptions Grpo { get; init; } = new();

    /// <summary>DPO.</summary>
    public DpoOptions Dpo { get; init; } = new();

    /// <summary>KTO.</summary>
    public KtoOptions Kto { get; init; } = new();

    /// <summary>The gate.</summary>
    public GateOptions Gate { get; init; } = new();

    /// <summary>The options of <see cref="Algorithm"/>.</summary>
    [JsonIgnore]
    public PolicyOptions PolicyTraining => Algorithm switch
    {
        PolicyAlgorithm.Rloo => Rloo,
        PolicyAlgorithm.Grpo => Grpo,
        PolicyAlgorithm.Dpo => Dpo,
        PolicyAlgorithm.Kto => Kto,
        _ => Ppo,
    };

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ValidationException">Names the option, its value and the range.</exception>
    public void Validate()
    {
        foreach (object part in (object[])[this, Policy, Reward, Rules, Scorer, Judge, Judge.Label, Diversity, Sft, Ppo, Rloo, Grpo, Dpo, Kto, Gate])
            Validator.ValidateObject(part, new ValidationContext(part), validateAllProperties: true);
        if (Components.AddsToHuman && PolicyTraining is not OnPolicyOptions)
            throw new ValidationException($"Learner:Algorithm is {Algorithm}, which learns from judgements and not from a reward: leave HumanWeight, Rules, Scorer, Judge:Weight and Diversity out, or use Ppo, Rloo or Grpo.");
        if (Judge is { Mode: JudgeMode.Pairwise, Weight: not 0 } && (Algorithm == PolicyAlgorithm.Ppo || PolicyTraining is OnPolicyOptions { RatedReplies: > 0 }))
            throw new ValidationException("Learner:Judge:Mode=Pairwise compares several replies to one prompt: use Learner:Algorithm Rloo or Grpo with RatedReplies 0, or Learner:Judge:Mode=Pointwise.");
    }
}
