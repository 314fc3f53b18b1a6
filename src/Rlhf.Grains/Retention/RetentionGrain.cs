using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Retention;

/// <inheritdoc cref="IRetentionGrain"/>
/// <remarks>Everything is erased by its owner, as when somebody asks for it. A run goes on beside the grain's calls; a run that breaks off is begun
/// again by the next reminder.</remarks>
public sealed partial class RetentionGrain(
    [PersistentState("retention")] IPersistentState<RetentionState> state,
    IFeedbackLedger ledger,
    ITurnStore turns,
    IConversationIndex index,
    IOptions<RetentionOptions> options,
    TimeProvider time,
    ILogger<RetentionGrain> log) : Grain, IRetentionGrain, IRemindable
{
    private const string Reminder = "retention";
    private const int Batch = 500;
    private Task<ErasedCounts> _run = Task.FromResult(new ErasedCounts(0, 0));

    /// <inheritdoc/>
    public async Task WakeAsync(CancellationToken cancellationToken = default)
    {
        var period = options.Value is { Turns: null, Feedback: null } ? TimeSpan.Zero : options.Value.Every;
        if (state.State.RemindEvery == period)
        {
            return;
        }

        if (period > TimeSpan.Zero)
        {
            await this.RegisterOrUpdateReminder(Reminder, TimeSpan.FromMinutes(1), period);
        }
        else if (await this.GetReminder(Reminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }

        state.State.RemindEvery = period;
        await state.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_run.IsCompleted)
        {
            DelayDeactivation(options.Value.Every);
            _run = RunAsync();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ErasedCounts> ApplyAsync() => _run.IsCompleted ? _run = RunAsync() : _run;

    private async Task<ErasedCounts> RunAsync()
    {
        var erased = new ErasedCounts(
            options.Value.Turns is { } turnsFor ? await WholeAsync(EraseTurnsAsync(time.GetUtcNow() - turnsFor)) : 0,
            options.Value.Feedback is { } feedbackFor ? await WholeAsync(EraseFeedbackAsync(time.GetUtcNow() - feedbackFor)) : 0);
        if (erased is not { Turns: 0, Feedback: 0 })
        {
            LogErased(erased.Turns, erased.Feedback);
        }

        return erased;
    }

    /// <summary>Turns that can't be looked through keep no feedback, and the other way round.</summary>
    private async Task<int> WholeAsync(Task<int> erasing)
    {
        try
        {
            return await erasing;
        }
        catch (Exception error)
        {
            LogBrokenOff(error);
            return 0;
        }
    }

    private async Task<int> EraseTurnsAsync(DateTimeOffset before)
    {
        var erased = 0;
        var asked = new HashSet<string>();
        var erasure = new ConversationErasure(Erasure.Retention, QuietSince: before, KeepFeedback: true);
        await foreach (var conversation in turns.ConversationsBeforeAsync(before))
        {
            if (asked.Add(conversation))
            {
                erased += await EachAsync(async () => (await GrainFactory.Conversation(conversation).EraseAsync(erasure))?.Turns ?? 0) ?? 0;
            }
        }

        // And those in which no turn was ever kept: in two passes, for in one a reply may be under way.
        var failed = false;
        await foreach (var conversation in index.OpenedAsync(state.State.OpenedTo, before))
        {
            if (asked.Add(conversation))
            {
                failed |= await EachAsync(async () => (await GrainFactory.Conversation(conversation).EraseAsync(erasure))?.Turns ?? 0) is null;
            }
        }

        if (!failed && state.State.OpenedBefore != before)
        {
            (state.State.OpenedTo, state.State.OpenedBefore) = (state.State.OpenedBefore, before);
            await state.WriteStateAsync();
        }

        return erased;
    }

    private async Task<int> EraseFeedbackAsync(DateTimeOffset before)
    {
        var erased = 0;
        var failed = false;
        for (var cursor = state.State.Cursor; ;)
        {
            // Entries are in about the order of their times, so that the first young one ends the search.
            var batch = await ledger.ReadAsync(cursor).TakeWhile(entry => !entry.Event.IsFeedback || entry.Event.At < before).Take(Batch).ToListAsync();
            if (batch.Count == 0)
            {
                return erased;
            }

            foreach (var about in batch.Where(entry => entry.Event.IsFeedback).GroupBy(entry => CompletionId.TryParse(entry.Event.CompletionId, out var id, out _) ? id : null, entry => entry.Sequence))
            {
                var some = await EachAsync(() => about.Key is { } conversation
                    ? GrainFactory.Conversation(conversation).EraseFeedbackAsync([.. about], Erasure.Retention)
                    : ledger.EraseAsync(Erasure.Retention, [.. about], time.GetUtcNow()));
                failed |= some is null;
                erased += some ?? 0;
            }

            cursor = batch[^1].Sequence;
            if (!failed)
            {
                state.State.Cursor = cursor; // the next pass looks again at what was left
                await state.WriteStateAsync();
            }
        }
    }

    /// <summary>Erases in one conversation; null where that failed. The others don't wait for what its damage needs; a store that doesn't answer, or has no
    /// room, is no conversation's.</summary>
    private async Task<int?> EachAsync(Func<Task<int>> erase)
    {
        try
        {
            return await erase();
        }
        catch (Exception error) when (error is not (StorageUnavailableException or StorageFullException))
        {
            LogLeft(error);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Erased what is older than is kept: {Turns} turns and {Feedback} events of feedback")]
    private partial void LogErased(int turns, int feedback);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is older than is kept could not be erased; the next reminder tries again")]
    private partial void LogBrokenOff(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is older than is kept could not be erased in one conversation; the next reminder tries again")]
    private partial void LogLeft(Exception error);
}
