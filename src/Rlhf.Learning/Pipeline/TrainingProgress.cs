using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Pipeline;

/// <summary>Where a running job stands.</summary>
/// <param name="Stage">One of <see cref="TrainingStage"/>'s names.</param>
/// <param name="Step">Steps of the stage that are done.</param>
/// <param name="Steps">Steps the stage has.</param>
/// <param name="Metrics">The latest figures of the stage.</param>
public sealed record TrainingProgress(
    string Stage,
    int Step,
    int Steps,
    IReadOnlyDictionary<string, double> Metrics);

/// <summary>The stages of a run, in their order.</summary>
public static class TrainingStage
{
    /// <summary>The reward model learns from the feedback.</summary>
    public const string Reward = "reward";

    /// <summary>The policy is tuned on corrected replies.</summary>
    public const string Sft = "sft";

    /// <summary>The gate compares the candidate with the live version on held-out prompts.</summary>
    public const string Evaluate = "evaluate";

    /// <summary>The job waits for a component of the reward that gives no usable score, such as <c>waits for scorer</c>.</summary>
    public static string WaitsFor(string component) => $"waits for {component}";

    /// <summary>The policy learns: the stage has its algorithm's name, such as <c>ppo</c>.</summary>
    public static string Policy(PolicyAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();

    /// <summary>Whether a stage is one in which the policy learns.</summary>
    public static bool IsPolicy(string stage) => Enum.GetValues<PolicyAlgorithm>().Any(algorithm => Policy(algorithm) == stage);
}
