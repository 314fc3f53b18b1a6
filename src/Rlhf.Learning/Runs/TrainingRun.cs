using Rlhf.Inference;

namespace Rlhf.Learning.Runs;

/// <summary>
/// One training of the policy from thumbs: reward model, PPO, gate. Resumable: the run keeps a checkpoint, and one that was killed
/// anywhere and is executed again gives the numbers of one left alone.
/// </summary>
/// <param name="model">The base model: trunk, reference and start of every version.</param>
/// <param name="options">How to train.</param>
public sealed class TrainingRun(BaseModel model, LearnerOptions options)
{
    /// <summary>Runs all stages that the checkpoint does not already hold. Synchronous: call it on a thread of its own.</summary>
    /// <param name="request">What to learn from.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between steps; what is checkpointed stays.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        throw new InvalidOperationException($"{request.JobId}: the learner cannot train {model.Fingerprint} yet.");
    }
}
