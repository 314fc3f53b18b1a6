using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Pipeline;

/// <summary>The trainer that the configuration names.</summary>
public static class PolicyTrainers
{
    /// <summary>Sets up a run of <see cref="LearnerOptions.Algorithm"/> at its start.</summary>
    /// <param name="options">The algorithm and its hyperparameters.</param>
    /// <param name="task">What to learn from.</param>
    /// <exception cref="ArgumentException">The task lacks what the algorithm learns from.</exception>
    public static IPolicyTrainer Create(LearnerOptions options, PolicyTask task) => options.Algorithm switch
    {
        PolicyAlgorithm.Ppo => new Ppo(task, options.Ppo),
        PolicyAlgorithm.Rloo => new Rloo(task, options.Rloo),
        PolicyAlgorithm.Grpo => new Grpo(task, options.Grpo),
        PolicyAlgorithm.Dpo => new Dpo(task, options.Dpo),
        PolicyAlgorithm.Kto => new Kto(task, options.Kto),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Algorithm, "Learner:Algorithm is ppo, rloo, grpo, dpo or kto."),
    };
}
