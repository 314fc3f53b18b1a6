using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Grains.Raters;

/// <inheritdoc cref="IRaterGrain"/>
/// <remarks>The allowance is a full bucket that refills steadily; it lives in memory, so a restart forgives.</remarks>
public sealed class RaterGrain(
    [PersistentState("rater")] IPersistentState<RaterState> record,
    IOptions<FeedbackOptions> options,
    TimeProvider time) : Grain, IRaterGrain
{
    private double _allowance = options.Value.PerMinute;
    private long _refilledAt = time.GetTimestamp();

    private RaterState Record => record.State;

    /// <inheritdoc/>
    public Task AdmitAsync(CancellationToken cancellationToken = default)
    {
        if (Record.Quarantine is { } reason)
        {
            throw new RefusedException(Refusal.NotYours, $"Rater '{this.GetPrimaryKeyString()}' may not rate: {reason}", "rater");
        }

        Refill();
        if (_allowance < 1)
        {
            var wait = TimeSpan.FromMinutes((1 - _allowance) / options.Value.PerMinute);
            throw new RefusedException(Refusal.TooMany, $"Rater '{this.GetPrimaryKeyString()}' pressed more than {options.Value.PerMinute} thumbs a minute.", "rater", wait);
        }

        _allowance--;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RecordedAsync(RatedEvent rated)
    {
        Record.Up += rated.Up is true ? 1 : 0;
        Record.Down += rated.Up is false ? 1 : 0;
        Record.Retracted += rated.Up is null ? 1 : 0;
        Record.Agreed += rated.Agreed;
        Record.Disagreed += rated.Disagreed;
        return record.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task ComparedAsync(bool agreed)
    {
        Record.Agreed += agreed ? 1 : 0;
        Record.Disagreed += agreed ? 0 : 1;
        return record.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task QuarantineAsync(string? reason, CancellationToken cancellationToken = default)
    {
        Record.Quarantine = reason;
        return record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<RaterStanding> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(new RaterStanding(
        Record.Up,
        Record.Down,
        Record.Retracted,
        Record.Agreed,
        Record.Disagreed,
        Record.Quarantine is null ? Reliability.Weight(Record.Agreed, Record.Disagreed) : 0,
        Record.Quarantine));

    private void Refill()
    {
        var perMinute = options.Value.PerMinute;
        _allowance = Math.Min(perMinute, _allowance + time.GetElapsedTime(_refilledAt).TotalMinutes * perMinute);
        _refilledAt = time.GetTimestamp();
    }
}
