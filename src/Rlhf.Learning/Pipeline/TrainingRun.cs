using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Model;
using Rlhf.Learning.Rewards;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>
/// One training of the policy from feedback: reward model, demonstrations where there are enough new ones, policy, gate. Resumable: the run keeps a checkpoint, and one that was killed
/// anywhere and is executed again gives the numbers of one left alone.
/// </summary>
/// <param name="model">The base model: trunk, reference and start of every version.</param>
/// <param name="options">How to train.</param>
public sealed class TrainingRun(BaseModel model, LearnerOptions options)
{
    private PolicyOptions Learning => options.PolicyTraining;

    /// <summary>Runs all stages that the checkpoint does not already hold. Synchronous: call it on a thread of its own.</summary>
    /// <param name="request">What to learn from.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between steps; what is checkpointed stays.</param>
    /// <exception cref="ValidationException">An option is out of its range, or a file of the gate's or of the reward's can't be used.</exception>
    /// <exception cref="RewardComponentException">A component of the reward gave no usable score; the checkpoint is from before.</exception>
    /// <exception cref="ArgumentException">There is nothing to learn from: thumbs of one kind only and nothing else, or fewer than two prompts.</exception>
    /// <exception cref="NonFiniteTrainingException">Training blew up; the checkpoint is from before.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        options.Validate();
        var files = GateFiles.Read(options.Gate);
        var rewardFiles = RewardFiles.Read(options.Components);
        var halves = JudgeSplit.Of(request.Feedback, options.Gate.RaterShare, options.Gate.LeastOfEach);
        var prompts = PromptSplit.Of(model, request.Prompts, Learning, options.Gate.HeldOutPrompts);
        var room = new PromptRoom(model, Learning);
        Judgement[] learned = [.. halves.Reward.Where(said => !prompts.HoldsOut(room.Prompt(said.Context)))];
        Judgement[] labelled = [.. request.Labels.Where(label => !prompts.HoldsOut(room.Prompt(label.Context)))];
        RequireEnough([.. learned, .. labelled], halves.Reward.Count - learned.Length);
        var rated = new RatedReplies(model, learned, Learning);
        TorchRuntime.Start();

        using var trunk = CausalLm.From(model, device: LearnerDevice.Open(options.Device), precision: options.Precision, threads: options.ThreadsHere);
        using var sampler = new LearnerSampler(model, trunk, Learning, options.ThreadsHere);
        var checkpoint = new RunCheckpoint(request.CheckpointFolder);
        var resumed = checkpoint.Load(request.JobId, model.Fingerprint, options.Algorithm);
        var metrics = new Dictionary<string, double>(resumed?.State.Metrics ?? new Dictionary<string, double>());
        var log = new MetricsLog(
            request.CheckpointFolder, resumed?.State is { } at ? (at.Sft ? TrainingStage.Sft : TrainingStage.Policy(options.Algorithm), at.Policy.Iteration) : null);

        var rewardStage = new RewardStage(model, trunk, options.Reward, sampler, prompts.Training);
        using var reward = resumed is { } saved
            ? saved.Reward.On(model, trunk)
            : rewardStage.Train([.. learned, .. labelled], request.Seed, (step, steps, figures) => Report(TrainingStage.Reward, step, steps, figures), cancellationToken);
        using var rewards = RewardSum.Of(reward, options.Components, rewardFiles);
        var start = options.Sft.LeastNew > 0 && rated.Demonstrated.Count >= options.Sft.LeastNew ? Tune() : StartOf(request);
        using var trainer = PolicyTrainers.Create(options, new PolicyTask(trunk, reward, sampler, start, prompts.Training, request.Seed)
        {
            Rewards = rewards,
            Rated = rated.Rated,
            Pairs = rated.Pairs,
            KlCoefficient = request.KlCoefficient,
        });
        if (resumed is { State.Sft: false } found)
            trainer.Restore(found.State.Policy.ToSnapshot(found.Tensors));
        else
            Save(trainer, sft: false);

        var stage = TrainingStage.Policy(options.Algorithm);
        using (RunTrace.Stage(stage))
        {
            while (trainer.Iteration < Learning.Iterations)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var span = RunTrace.Iteration(stage, trainer.Iteration + 1);
                var figures = trainer.Iterate(cancellationToken);
                Merge(metrics, figures);
                if (trainer.Iteration == 1)
                    Merge(metrics, RewardSum.AsStart(figures));
                log.Write(stage, trainer.Iteration, figures);
                Save(trainer, sft: false);
                progress.Report(new TrainingProgress(stage, trainer.Iteration, Learning.Iterations, Copy(metrics)));
            }
        }

        using var second = halves.Gate.Count == 0
            ? null
            : rewardStage.Train(halves.Gate, SeededRandom.Hash(request.Seed, "gate's reward model"), (_, _, _) => { }, cancellationToken);
        var gate = new GateStage(model, trunk, sampler, options.Gate, Learning, files);
        var verdict = gate.Judge(
            second ?? reward, independent: second is not null, prompts.HeldOut, trainer.Policy, request.LivePolicy, request.Seed,
            look => progress.Report(new TrainingProgress(TrainingStage.Evaluate, look, options.Gate.Looks, Copy(metrics))), cancellationToken);
        Report(TrainingStage.Evaluate, options.Gate.Looks, options.Gate.Looks, new Dictionary<string, double>(verdict.Metrics) { ["gate/examples"] = halves.Gate.Count });
        return new TrainingResult(verdict.Decision, verdict.Reason, trainer.Policy, reward.Save(), metrics, TrainingSplit.Of(request, learned, halves.Gate, prompts, room));

        void Report(string stage, int step, int steps, IReadOnlyDictionary<string, double> figures)
        {
            Merge(metrics, figures);
            log.Write(stage, step, figures);
            progress.Report(new TrainingProgress(stage, step, steps, Copy(metrics)));
        }

        LoraAdapter Tune()
        {
            if (resumed is { State.Sft: false })
                return checkpoint.LoadTuned();

            using var stage = RunTrace.Stage(TrainingStage.Sft);
            using var tuner = new Sft(trunk, StartOf(request), rated.Demonstrated, options.Sft, request.Seed);
            if (resumed is { } begun)
                tuner.Restore(begun.State.Policy.ToSnapshot(begun.Tensors));
            else
                Save(tuner, sft: true);
            while (tuner.Iteration < options.Sft.Epochs)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var figures = tuner.Iterate(cancellationToken);
                Merge(metrics, figures);
                log.Write(TrainingStage.Sft, tuner.Iteration, figures);
                Save(tuner, sft: true);
                progress.Report(new TrainingProgress(TrainingStage.Sft, tuner.Iteration, options.Sft.Epochs, Copy(metrics)));
            }

            checkpoint.SaveTuned(tuner.Policy);
            return tuner.Policy;
        }

        void Save(IPolicyTrainer learning, bool sft)
        {
            var snapshot = learning.Capture();
            var judge = reward.Save();
            var state = new RunState(request.JobId, model.Fingerprint, judge.Note, PolicyState.Of(options.Algorithm, snapshot), Copy(metrics), sft);
            checkpoint.Save(state, snapshot.Tensors.Concat(judge.ToTensors()).ToDictionary());
        }
    }

    private static void RequireEnough(IReadOnlyCollection<Judgement> learned, int heldOut)
    {
        var counts = JudgementCounts.Of(learned);
        if (!counts.Suffice(least: 1))
            throw new ArgumentException($"There is not enough to learn from: {counts} of trusted raters, without {heldOut} on prompts that the gate judges by; at least one thumb of each kind is needed, or one comparison or correction, or two ratings that differ.");
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
