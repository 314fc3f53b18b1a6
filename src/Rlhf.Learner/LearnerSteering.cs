using System.Collections.Immutable;
using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>What holds the learner back: an operator's pause, the hours in which it may train, and a job's budget. A job that is held stops at its last checkpoint and goes on from it.</summary>
public sealed partial class LearnerGrain
{
    private const int MostOutcomes = 256;
    private const int LongestReason = 1000;
    private bool _wasHeld;

    /// <inheritdoc/>
    public async Task<LearnerStatus> PauseAsync(string? reason, string by, CancellationToken cancellationToken = default)
    {
        State.Pause = new LearnerPause(reason, by, time.GetUtcNow());
        await HoldAsync();
        return await GetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<LearnerStatus> ResumeAsync(CancellationToken cancellationToken = default)
    {
        if (State.Pause is not null)
        {
            State.Pause = null;
            await state.WriteStateAsync(cancellationToken);
            await SteerAsync(cancellationToken);
        }

        return await GetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<LearnerStatus> CancelAsync(string? reason, string by, CancellationToken cancellationToken = default)
    {
        if (State.Job is not { } job)
        {
            throw new RefusedException(Refusal.Conflict, "No training job runs that could be cancelled.");
        }

        if (!await GiveUpAsync(job, $"cancelled by {by}{(reason is null ? "" : $": {reason}")}", cancellationToken))
        {
            throw new RefusedException(Refusal.Conflict, $"Job '{job.Id}' ended just before it could be cancelled.");
        }

        return await GetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<LearnerOutcome>> GetOutcomesAsync(long? after, CancellationToken cancellationToken = default) =>
        Task.FromResult<ImmutableArray<LearnerOutcome>>(after is { } seen ? [.. State.Outcomes.Where(outcome => outcome.Number > seen)] : [.. State.Outcomes.TakeLast(1)]);

    /// <summary>Why nothing is trained now; null where it may be.</summary>
    private string? WhyHeld() =>
        State.Pause is { } pause ? $"The learner is paused by {pause.By} since {pause.At:u}{(pause.Reason is null ? "" : $": {pause.Reason}")}. POST /v1/learner/resume lets it go on."
        : TrainingHours.Parse(schedule.Value.Hours)?.Hold(time.GetUtcNow()) is false ? $"It is not the time to train: Learner:Hours is {schedule.Value.Hours}."
        : null;

    /// <summary>Has the job, if there is one, stop or go on, or ends it where its budget is used up. Called at every wake.</summary>
    private async Task SteerAsync(CancellationToken cancellationToken)
    {
        if (WhyHeld() is not null)
        {
            _wasHeld = true;
            await HoldAsync();
            return;
        }

        // A job that was held may still be on its way to its end here: what begins waits for it.
        if (State.Job is { } job && schedule.Value.Enabled && (State.ActiveSince is null || !training.Runs(job.Id)))
        {
            await TakeUpAsync(job, cancellationToken);
        }
        else if (State.Job is { } running && IsBudgetUsed())
        {
            await GiveUpAsync(running, BudgetReason(), cancellationToken);
        }
        else if (State.Job is not null && schedule.Value.JobBudget > 0)
        {
            CountActive(); // a crash costs the budget no more than the time to the next wake
            await state.WriteStateAsync(cancellationToken);
        }

        if (_wasHeld)
        {
            _wasHeld = false;
            await TrainIfDueAsync(); // what came while it was held asked in vain
        }
    }

    /// <summary>Stops the job here at its last checkpoint. One that runs elsewhere, because this silo took the learner over, hears of it with its next report.</summary>
    private async Task HoldAsync()
    {
        if (State.Job is { } job && State.ActiveSince is not null)
        {
            training.Interrupt(job.Id);
            CountActive();
            State.ActiveSince = null;
        }

        await state.WriteStateAsync();
    }

    /// <summary>Starts the clock of a job that begins or goes on.</summary>
    private void Activate() => State.ActiveSince = time.GetUtcNow();

    private void CountActive() => (State.ActiveSeconds, State.ActiveSince) = (ActiveSeconds(), State.ActiveSince is null ? null : time.GetUtcNow());

    private double ActiveSeconds() => State.ActiveSeconds + (State.ActiveSince is { } since ? (time.GetUtcNow() - since).TotalSeconds : 0);

    private bool IsBudgetUsed() => schedule.Value.JobBudget > 0 && ActiveSeconds() >= schedule.Value.JobBudget;

    private string BudgetReason() => string.Create(CultureInfo.InvariantCulture, $"cancelled: its budget of {schedule.Value.JobBudget:0.###} s (Learner:JobBudget) was used up");

    /// <summary>Ends a job without a version. Whoever runs it loses its claim first, so that it can't end it in another way.</summary>
    /// <returns>Whether it was the one to end it: not where the job's version had been settled.</returns>
    private async Task<bool> GiveUpAsync(TrainingJob job, string reason, CancellationToken cancellationToken)
    {
        var claim = await adapters.ClaimAsync(job.Version, cancellationToken);
        if (claim.Accepted is { } accepted)
        {
            await EndAsync(job, accepted, "settled just before it was cancelled", job.Metrics, cancellationToken);
            return false;
        }

        training.Interrupt(job.Id);
        await adapters.SettleAsync(job.Version, claim.Token, accepted: false, cancellationToken);
        await EndAsync(job, accepted: null, reason, job.Metrics, cancellationToken, cancelled: true);
        return true;
    }

    /// <summary>Keeps an outcome for those who are told of it; the newest ones, in the write that ends the job.</summary>
    private void Keep(TrainingOutcome outcome)
    {
        State.Ended++;
        var reason = outcome.Reason.Length <= LongestReason ? outcome.Reason : outcome.Reason[..LongestReason] + "…";
        State.Outcomes.Add(new LearnerOutcome(State.Ended, outcome.JobId, outcome.Version, outcome.Outcome, reason, outcome.Seconds, time.GetUtcNow()));
        State.Outcomes.RemoveRange(0, Math.Max(0, State.Outcomes.Count - MostOutcomes));
        (State.ActiveSeconds, State.ActiveSince) = (0, null);
    }
}
