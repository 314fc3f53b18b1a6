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

    private string Name => RaterId.NameIn(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public Task AdmitAsync(CancellationToken cancellationToken = default)
    {
        if (Record.Quarantine is { } reason)
        {
            throw new RefusedException(Refusal.NotYours, $"Rater '{Name}' may not rate: {reason}", "rater");
        }

        Refill();
        if (_allowance < 1)
        {
            var wait = TimeSpan.FromMinutes((1 - _allowance) / options.Value.PerMinute);
            throw new RefusedException(Refusal.TooMany, $"Rater '{Name}' pressed more than {options.Value.PerMinute} thumbs a minute.", "rater", wait);
        }

        _allowance--;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task QuarantineAsync(string? reason, CancellationToken cancellationToken = default)
    {
        Record.Quarantine = reason;
        return record.WriteStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(CancellationToken cancellationToken = default)
    {
        if (record.RecordExists)
        {
            await record.ClearStateAsync(cancellationToken);
        }

        Refill();
        if (_allowance >= options.Value.PerMinute)
        {
            DeactivateOnIdle(); // nothing is left to know: who is asked about may never have been here
        }
    }

    /// <inheritdoc/>
    public Task<RaterStanding> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new RaterStanding(0, 0, 0, Record.Quarantine));

    private void Refill()
    {
        var perMinute = options.Value.PerMinute;
        _allowance = Math.Min(perMinute, _allowance + time.GetElapsedTime(_refilledAt).TotalMinutes * perMinute);
        _refilledAt = time.GetTimestamp();
    }
}
