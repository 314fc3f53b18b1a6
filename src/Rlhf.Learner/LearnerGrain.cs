using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Placement;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Moderation;
using Rlhf.Grains.Versions;
using Rlhf.Learning.Evaluation;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <inheritdoc cref="ILearnerGrain"/>
/// <remarks>A job is written down before it starts and struck out after its version is published; both ends may be
/// repeated, so that a crash anywhere in between costs time and nothing else. Should the job run in two places, because
/// a silo was cut off and goes on, the store settles its version for the one that took it up last.</remarks>
[GrainType(RoleGrains.LearnerType)]
[KeepAlive]
[PreferLocalPlacement]
public sealed partial class LearnerGrain(
    [PersistentState("learner")] IPersistentState<LearnerState> state,
    IFeedbackLedger ledger,
    IAdapterStore adapters,
    BaseVersion trunk,
    TrainingService training,
    IOptions<LearnerSchedule> schedule,
    IOptions<ModerationOptions> moderation,
    IOptions<FeedbackOptions> feedback,
    TimeProvider time) : Grain, ILearnerGrain, IRemindable
{
    private const string Reminder = "train";
    private const int CountKeptEvery = 1000; // events; a restart counts at most so many again
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _told;

    private LearnerState State => state.State;

    private IModelCatalogGrain Catalog => GrainFactory.GetGrain<IModelCatalogGrain>(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public async Task WakeAsync(CancellationToken cancellationToken = default)
    {
        await BeginAgainIfErasedAsync(cancellationToken);
        await KeepReminderAsync(cancellationToken);
        await SteerAsync(cancellationToken);
        await TrainIfDueAsync(cancellationToken); // whatever told of feedback may not have arrived
    }

    /// <inheritdoc/>
    public Task ForgetAsync() => BeginAgainIfErasedAsync(CancellationToken.None);

    /// <inheritdoc/>
    public async Task<TrainingJob> TrainAsync(TrainingTrigger trigger, CancellationToken cancellationToken = default)
    {
        var cursor = await RequireSomethingToLearnAsync(trigger, cancellationToken);
        var live = await adapters.AnsweringAsync(await Catalog.GetAsync(cancellationToken), cancellationToken);
        var (number, claim) = await ClaimNextAsync(cancellationToken);
        var job = new TrainingJob(
            string.Create(CultureInfo.InvariantCulture, $"job-{number}"),
            string.Create(CultureInfo.InvariantCulture, $"v{number}"),
            live,
            trigger,
            unchecked((schedule.Value.Seed * 1_000_003) + number),
            cursor,
            time.GetUtcNow(),
            Stage: TrainingJob.Queued,
            Step: 0,
            Steps: 0,
            ImmutableDictionary<string, double>.Empty,
            claim);

        await Catalog.AnnounceAsync(job.Version, live, new VersionLineage(job.Id, cursor, job.Seed, trunk.Lineage.Model, training.Config), cancellationToken);
        State.Job = job;
        State.Jobs = number;
        State.Tried = cursor;
        (State.CountedTo, State.Arrived) = (cursor, 0);
        State.ActiveSeconds = 0;
        Activate();
        await state.WriteStateAsync(cancellationToken);

        training.Submit(job);
        return job;
    }

    /// <inheritdoc/>
    public async Task FeedbackArrivedAsync(int thumbs)
    {
        // The ledger is asked only where what one hears of may be enough: what was not heard of is found at the next wake.
        _told += Math.Max(0, thumbs);
        if (State.Arrived + _told >= schedule.Value.TriggerThumbs)
        {
            await TrainIfDueAsync();
        }
    }

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        State.RemindedAt = time.GetUtcNow();
        await state.WriteStateAsync();
        await TryTrainAsync(TrainingTrigger.Reminder);
    }

    /// <inheritdoc/>
    public async Task<bool> ReportAsync(string jobId, long claim, string stage, int step, int steps, ImmutableDictionary<string, double> metrics)
    {
        if (State.Job is not { } job || job.Id != jobId || job.Claim != claim || State.ActiveSince is null)
        {
            return false;
        }

        if (IsBudgetUsed())
        {
            await GiveUpAsync(job, BudgetReason(), CancellationToken.None);
            return false;
        }

        State.Job = job with { Stage = stage, Step = step, Steps = steps, Metrics = metrics };
        if (job.Stage != stage)
        {
            await state.WriteStateAsync(); // steps within a stage are in the run's own checkpoint
        }

        return true;
    }

    /// <inheritdoc/>
    public async Task<bool> CompleteAsync(string jobId, long claim, bool? accepted, string reason, ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default)
    {
        if (State.Job is not { } job || job.Id != jobId)
        {
            return true; // it has ended already
        }

        try
        {
            await adapters.SettleAsync(job.Version, claim, accepted is true, cancellationToken);
        }
        catch (ClaimLostException)
        {
            return false;
        }

        await EndAsync(job, accepted, reason, metrics, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task<LearnerStatus> WaitAsync(string jobId, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        if (State.Job?.Id == jobId)
        {
            try
            {
                await _ended.Task.WaitAsync(patience, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // the status tells that it still runs
            }
        }

        return await GetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<LearnerStatus> GetAsync(CancellationToken cancellationToken = default)
    {
        var total = await ledger.LastSequenceAsync(cancellationToken);
        return new LearnerStatus(State.Job, State.LastJob, total, total - State.Cursor, State.Cursor, State.RemindedAt + State.RemindEvery,
            State.Pause, WhyHeld(), schedule.Value.Hours, schedule.Value.JobBudget, ActiveSeconds());
    }

    /// <summary>Goes on, here, with a job whose silo is gone.</summary>
    private async Task TakeUpAsync(TrainingJob job, CancellationToken cancellationToken)
    {
        var claim = await adapters.ClaimAsync(job.Version, cancellationToken);
        if (claim.Accepted is { } accepted)
        {
            await EndAsync(job, accepted, "settled just before its learner ended", job.Metrics, cancellationToken);
            return;
        }

        State.Job = job with { Claim = claim.Token };
        var held = WhyHeld() is not null;
        if (!held)
        {
            Activate();
        }

        await state.WriteStateAsync(cancellationToken);
        if (!held)
        {
            training.Submit(State.Job);
        }
    }

    /// <summary>Takes a job that has something that was erased up anew: who runs it now loses its claim, and the next collects what it learns from without.</summary>
    private async Task BeginAgainIfErasedAsync(CancellationToken cancellationToken)
    {
        if (State.Job is { } job && await training.ForgetErasedAsync(job, cancellationToken))
        {
            CountActive();
            await TakeUpAsync(job with { Stage = TrainingJob.Queued, Step = 0, Steps = 0 }, cancellationToken);
        }
    }

    /// <summary>The next job's number, with its version claimed. Where the state is older than the adapters, as after
    /// a restored backup, numbers whose versions are settled are passed over.</summary>
    private async Task<(int Number, long Claim)> ClaimNextAsync(CancellationToken cancellationToken)
    {
        for (var number = State.Jobs + 1; ; number++)
        {
            var claim = await adapters.ClaimAsync(string.Create(CultureInfo.InvariantCulture, $"v{number}"), cancellationToken);
            if (claim.Accepted is null)
            {
                return (number, claim.Token);
            }
        }
    }

    /// <summary>Brings everybody after a job whose version is settled.</summary>
    private async Task EndAsync(TrainingJob job, bool? accepted, string reason, ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken, bool cancelled = false)
    {
        var version = GrainFactory.GetGrain<IModelVersionGrain>($"{this.GetPrimaryKeyString()}:{job.Version}");
        await version.MeasuredAsync(metrics, cancellationToken);
        if (accepted is true)
        {
            await Catalog.PublishAsync(job.Version, canaryOnly: metrics.GetValueOrDefault(Gate.InsufficientEvidence) > 0, cancellationToken);
        }
        else
        {
            await Catalog.RejectAsync(job.Version, reason, accepted is null ? VersionDecision.Learner : VersionDecision.Gate, cancellationToken);
        }

        var refused = accepted is true && await version.GetStateAsync(cancellationToken) == VersionState.Rejected; // its ancestor was rolled back meanwhile
        reason = refused ? (await version.GetAsync(cancellationToken))?.Reason ?? reason : reason;
        var outcome = accepted switch { true => refused ? "rejected" : "published", false => "rejected", null => cancelled ? "cancelled" : "failed" };
        State.LastJob = new TrainingOutcome(job.Id, job.Version, outcome, reason, (time.GetUtcNow() - job.StartedAt).TotalSeconds, metrics);
        Keep(State.LastJob);
        State.Cursor = accepted is null ? State.Cursor : job.Cursor;
        State.Job = null;
        await state.WriteStateAsync(cancellationToken);
        training.Clear(job.Id); // here, so that whoever erases hears of no job only when its texts are gone
        LearnerMeter.Ended(outcome, State.LastJob.Seconds);

        Interlocked.Exchange(ref _ended, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        await TrainIfDueAsync();
    }

    private async Task TrainIfDueAsync(CancellationToken cancellationToken = default)
    {
        if (schedule.Value is { Enabled: true, TriggerThumbs: > 0 and var due } && State.Job is null)
        {
            await CountArrivedAsync(cancellationToken);
            if (State.Arrived >= due)
            {
                await TryTrainAsync(TrainingTrigger.Thumbs);
            }
        }
    }

    /// <summary>Counts what the ledger has since the last count.</summary>
    private async Task CountArrivedAsync(CancellationToken cancellationToken)
    {
        var from = State.CountedTo = Math.Max(State.CountedTo, State.Tried);
        _told = 0;
        await foreach (var entry in ledger.ReadAsync(from, cancellationToken))
        {
            State.Arrived = Math.Max(0, State.Arrived + feedback.Value.NetChange(entry.Event)); // of those taken back some came before the last training
            State.CountedTo = entry.Sequence;
            if (State.CountedTo % CountKeptEvery == 0)
            {
                await state.WriteStateAsync(cancellationToken);
            }
        }
    }

    private async Task TryTrainAsync(TrainingTrigger trigger)
    {
        try
        {
            await TrainAsync(trigger);
        }
        catch (Exception error) when (error is RefusedException or TimeoutException)
        {
            // one runs already, or there is nothing to learn from, or the feedback is still being read: the next thumb or tick asks again
        }
    }

    private async Task<long> RequireSomethingToLearnAsync(TrainingTrigger trigger, CancellationToken cancellationToken)
    {
        if (!schedule.Value.Enabled)
        {
            throw new RefusedException(Refusal.Conflict, "The learner is off: Learner:Enabled is false.");
        }

        if (WhyHeld() is { } held)
        {
            throw new RefusedException(Refusal.Conflict, held);
        }

        if (State.Job is { } running)
        {
            throw new RefusedException(Refusal.Conflict, $"Job '{running.Id}' runs already and makes version '{running.Version}'; wait for it (GET /v1/learner?wait_for={running.Id}).");
        }

        var last = await ledger.LastSequenceAsync(cancellationToken);
        if (training.Labels && trigger == TrainingTrigger.Manual)
        {
            return last; // the judge may have served replies to label; the run says where that isn't enough
        }

        if (last == State.Cursor)
        {
            throw new RefusedException(Refusal.Conflict, $"There is nothing new to learn from: the ledger ends at event {last}, and that was learned from already. Give some feedback (POST /v1/feedback) first.");
        }

        var counted = await CountedFeedback.SelectAsync(
            GrainFactory.GetGrain<IRatersGrain>(this.GetPrimaryKeyString()), last, schedule.Value, await Catalog.GetWithheldAsync(cancellationToken), moderation.Value.Learn, weigh: false, cancellationToken);
        counted.RequireEnough(schedule.Value.LeastOfEach, feedback.Value);
        return last;
    }

    private async Task KeepReminderAsync(CancellationToken cancellationToken)
    {
        var period = schedule.Value.Enabled ? schedule.Value.Interval : TimeSpan.Zero;
        var reminder = await this.GetReminder(Reminder);
        if (period == TimeSpan.Zero && reminder is not null)
        {
            await this.UnregisterReminder(reminder);
        }
        else if (period > TimeSpan.Zero && (reminder is null || State.RemindEvery != period))
        {
            await this.RegisterOrUpdateReminder(Reminder, period, period);
        }
        else
        {
            return; // as it should be, and its clock runs on over a restart
        }

        State.RemindEvery = period;
        State.RemindedAt = period > TimeSpan.Zero ? time.GetUtcNow() : null;
        await state.WriteStateAsync(cancellationToken);
    }
}
