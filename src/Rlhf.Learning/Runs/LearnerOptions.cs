using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Model;
using Rlhf.Learning.Ppo;
using Rlhf.Learning.Reward;

namespace Rlhf.Learning.Runs;

/// <summary>Everything that configures a training run.</summary>
public sealed record LearnerOptions
{
    /// <summary>Threads for tensor work and rollouts, which take turns; 0 takes one a core.</summary>
    /// <value>The default value is 0.</value>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>The shape of the policy's LoRA; a policy that goes on from a live version keeps that version's.</summary>
    public LoraOptions Policy { get; init; } = new() { Rank = 16, Alpha = 32 };

    /// <summary>The reward model.</summary>
    public RewardOptions Reward { get; init; } = new();

    /// <summary>PPO.</summary>
    public PpoOptions Ppo { get; init; } = new();

    /// <summary>The gate.</summary>
    public GateOptions Gate { get; init; } = new();

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ValidationException">Names the option, its value and the range.</exception>
    public void Validate()
    {
        foreach (object part in (object[])[this, Policy, Reward, Ppo, Gate])
            Validator.ValidateObject(part, new ValidationContext(part), validateAllProperties: true);
    }
}
