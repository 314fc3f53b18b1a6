using Rlhf.Inference;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Ppo;
using Rlhf.Learning.Reward;
using Rlhf.Learning.Training;

namespace Rlhf.Learning.Runs;

/// <summary>
/// One training of the policy from thumbs: reward model, PPO, gate. Resumable: the run keeps a checkpoint, and one that was killed
/// anywhere and is executed again gives the numbers of one left alone.
/// </summary>
/// <param name="model">The base model: trunk, reference and start of every version.</param>
/// <param name="options">How to train.</param>
public sealed class TrainingRun(BaseModel model, LearnerOptions options)
{
    // All rollouts of an iteration wait in the engine's queue at once.
    private const int MostRollouts = 65_536;

    /// <summary>Runs all stages that the checkpoint does not already hold. Synchronous: call it on a thread of its own.</summary>
    /// <param name="request">What to learn from.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between steps; what is checkpointed stays.</param>
    /// <exception cref="ArgumentException">There is nothing to learn from: thumbs of one kind only, or fewer than two prompts.</exception>
    /// <exception cref="NonFiniteTrainingException">Training blew up; the checkpoint is from before.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        options.Validate();
        var prompts = PromptSplit.Of(model, request.Prompts, options.Ppo.MaxPromptTokens, options.Ppo.MaxReplyTokens, options.Gate.HeldOutPrompts);
        var threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        TorchRuntime.Start(threads);

        using var trunk = CausalLm.From(model);
        using var engine = new DecodeEngine(model, new DecodeOptions { Threads = threads, MaxQueue = MostRollouts, PromptTokensPerStep = 256 });
        var sampler = new RolloutSampler(model, engine, options.Ppo.Temperature, options.Ppo.MaxReplyTokens);
        var checkpoint = new RunCheckpoint(request.CheckpointFolder);
        var resumed = checkpoint.Load(request.JobId, model.Fingerprint);
        var metrics = new Dictionary<string, double>(resumed?.State.Metrics ?? new Dictionary<string, double>());

        using var reward = resumed is { } saved
            ? RewardState.Restore(model, trunk, options.Reward, saved.State, saved.Tensors)
            : TrainReward(request, trunk, sampler, prompts, metrics, progress, cancellationToken);
        using var ppo = new PpoTrainer(trunk, reward, sampler, StartOf(request), prompts.Training, options.Ppo, request.Seed);
        if (resumed is { State: var state, Tensors: var tensors })
            ppo.Restore(new PpoSnapshot(state.Iteration, state.KlCoefficient, state.DroppedSteps, state.OptimiserSteps, tensors));
        else
            Save();

        while (ppo.Iteration < options.Ppo.Iterations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Merge(metrics, ppo.Iterate(cancellationToken));
            Save();
            progress.Report(new TrainingProgress(TrainingStage.Ppo, ppo.Iteration, options.Ppo.Iterations, Copy(metrics)));
        }

        var verdict = Judge(request, ppo.Policy, trunk, reward, sampler, prompts.HeldOut, cancellationToken);
        Merge(metrics, verdict.Metrics);
        progress.Report(new TrainingProgress(TrainingStage.Evaluate, 1, 1, Copy(metrics)));
        return new TrainingResult(verdict.Accepted, verdict.Reason, ppo.Policy, metrics);

        void Save()
        {
            var snapshot = ppo.Capture();
            var state = new RunState(
                request.JobId, model.Fingerprint, reward.Adapter.Alpha, reward.Heads.ScoreMean, reward.Heads.ScoreScale,
                snapshot.Iteration, snapshot.KlCoefficient, snapshot.DroppedSteps, snapshot.OptimiserSteps, Copy(metrics));
            checkpoint.Save(state, snapshot.Tensors.Concat(RewardState.Tensors(reward)).ToDictionary());
        }
    }

    private RewardModel TrainReward(
        TrainingRequest request, CausalLm trunk, RolloutSampler sampler, PromptSplit prompts,
        Dictionary<string, double> metrics, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        var encoder = new RewardEncoder(model, options.Reward);
        var trainer = new RewardTrainer(model, trunk, options.Reward);
        using var corpus = trainer.Read(
            [.. request.Thumbs.Select(thumb => new RewardExample(encoder.Encode(thumb.Context, thumb.Reply), thumb.Up, thumb.Weight, thumb.Group))],
            cancellationToken);
        var reward = trainer.Train(corpus, [.. Enumerable.Range(0, corpus.Examples.Count)], request.Seed, Report, cancellationToken);

        var order = new PpoPromptOrder(prompts.Training, request.Seed);
        var own = sampler.Sample(policy: null, order.Take(0, options.Reward.ReferenceReplies), SeededRandom.Hash(request.Seed, "reference"), cancellationToken);
        reward.NormaliseOn([.. own.Select(r => encoder.Encode(r.Prompt.Context, r.Text))], cancellationToken);
        return reward;

        void Report(int step, int steps, IReadOnlyDictionary<string, double> figures)
        {
            Merge(metrics, figures);
            progress.Report(new TrainingProgress(TrainingStage.Reward, step, steps, Copy(metrics)));
        }
    }

    /// <summary>The candidate against the live version, on prompts that no training saw.</summary>
    private GateVerdict Judge(
        TrainingRequest request, LoraAdapter candidate, CausalLm trunk, RewardModel reward, RolloutSampler sampler,
        IReadOnlyList<PpoPrompt> heldOut, CancellationToken cancellationToken)
    {
        // Fewer prompts than replies: each prompt is answered several times.
        PpoPrompt[] asked = [.. Enumerable.Range(0, options.Gate.Replies).Select(i => heldOut[i % heldOut.Count])];
        var seed = SeededRandom.Hash(request.Seed, "gate");
        var candidateReplies = sampler.Sample(candidate, asked, seed, cancellationToken);
        var liveReplies = sampler.Sample(request.LivePolicy, asked, seed, cancellationToken);
        return Gate.Decide(
            new GateEvidence(Scores(candidateReplies), Scores(liveReplies), Statistics(candidateReplies), Statistics(liveReplies),
                ReferenceKl.Measure(trunk, candidateReplies, options.Ppo.Temperature, cancellationToken)),
            options.Gate,
            request.Seed);

        double[] Scores(IReadOnlyList<Rollout> replies) => reward.Score([.. replies.Select(r => reward.Encoder.Encode(r.Prompt.Context, r.Text))], cancellationToken);

        static ReplyStatistics Statistics(IReadOnlyList<Rollout> replies) => ReplyStatistics.Of([.. replies.Select(r => r.Reply)], [.. replies.Select(r => r.Ended)]);
    }

    private LoraAdapter StartOf(TrainingRequest request)
    {
        if (request.LivePolicy is { } live)
            return live;

        using var fresh = new LoraParameters(model.Config, options.Policy, request.Seed);
        return fresh.ToAdapter();
    }

    private static void Merge(Dictionary<string, double> into, IReadOnlyDictionary<string, double> figures)
    {
        foreach (var (name, figure) in figures)
            into[name] = figure;
    }

    private static Dictionary<string, double> Copy(Dictionary<string, double> metrics) => new(metrics);
}
