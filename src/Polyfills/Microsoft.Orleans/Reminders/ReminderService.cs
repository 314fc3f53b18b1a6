using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Timers;

namespace Orleans.Runtime;

/// <summary>Keeps the reminders of the table ticking. The table is the truth: it is read at start and now and then again.</summary>
internal sealed class ReminderService(
    SiloRuntime silo, IEnumerable<IReminderTable> tables, IOptions<ReminderOptions> options, ILogger<ReminderService> logger)
    : IReminderRegistry, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly IReminderTable _table = tables.LastOrDefault() ?? throw new OrleansConfigurationException(
        $"Reminders were added, but no {nameof(IReminderTable)} is registered: where are they to be kept?");

    private readonly Dictionary<(GrainId Grain, string Name), LocalReminder> _ticking = [];
    private ITimer? _refresh;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe("reminder table", ServiceLifecycleStage.AfterRuntimeGrainServices, t => _table.StartAsync(t), t => _table.StopAsync(t));
        lifecycle.Subscribe("reminders", ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    public async Task<IGrainReminder> RegisterOrUpdateReminder(
        GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (period < options.Value.MinimumReminderPeriod)
        {
            throw new ArgumentException(
                $"Reminder \"{reminderName}\" has a period of {period}; it must be at least {options.Value.MinimumReminderPeriod}. A timer can tick faster.",
                nameof(period));
        }

        var entry = new ReminderEntry
        {
            GrainId = callingGrainId,
            ReminderName = reminderName,
            StartAt = silo.Time.GetUtcNow().UtcDateTime + dueTime,
            Period = period,
        };
        entry.ETag = await _table.UpsertRow(entry);
        Schedule(entry);
        return new GrainReminder(reminderName, entry.ETag);
    }

    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        var etag = (reminder as GrainReminder)?.ETag ?? "";
        if (!await _table.RemoveRow(callingGrainId, reminder.ReminderName, etag))
        {
            throw new ReminderException(
                $"Reminder \"{reminder.ReminderName}\" of {callingGrainId} was not removed: it is gone or was registered anew meanwhile.");
        }

        Cancel((callingGrainId, reminder.ReminderName));
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName) =>
        await _table.ReadRow(callingGrainId, reminderName) is { } entry ? new GrainReminder(reminderName, entry.ETag) : null;

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId) =>
        [.. (await _table.ReadRows(callingGrainId)).Reminders.Select(e => new GrainReminder(e.ReminderName, e.ETag))];

    private async Task StartAsync(CancellationToken token)
    {
        await RefreshAsync();
        var period = options.Value.RefreshReminderListPeriod;
        _refresh = silo.Time.CreateTimer(_ => _ = RefreshSafelyAsync(), null, period, period);
    }

    private async Task StopAsync(CancellationToken token)
    {
        if (_refresh is not null)
        {
            await _refresh.DisposeAsync();
        }

        lock (_ticking)
        {
            foreach (var reminder in _ticking.Values)
            {
                reminder.Dispose();
            }

            _ticking.Clear();
        }
    }

    private async Task RefreshSafelyAsync()
    {
        try
        {
            await RefreshAsync();
        }
        catch (Exception error)
        {
            logger.LogError(error, "The reminder table can't be read; the reminders known so far go on.");
        }
    }

    private async Task RefreshAsync()
    {
        // One silo owns the whole ring, which is written as the range from 0 to 0.
        var rows = (await _table.ReadRows(0, 0)).Reminders;
        foreach (var row in rows)
        {
            Schedule(row);
        }

        var stored = rows.Select(r => (r.GrainId, r.ReminderName)).ToHashSet();
        (GrainId, string)[] gone;
        lock (_ticking)
        {
            gone = [.. _ticking.Keys.Where(k => !stored.Contains(k))];
        }

        foreach (var key in gone)
        {
            // It may have been registered since the table was read.
            if (await _table.ReadRow(key.Item1, key.Item2) is null)
            {
                Cancel(key);
            }
        }
    }

    private void Schedule(ReminderEntry entry)
    {
        var key = (entry.GrainId, entry.ReminderName);
        lock (_ticking)
        {
            if (_ticking.TryGetValue(key, out var known))
            {
                if (known.ETag == entry.ETag)
                {
                    return;
                }

                known.Dispose();
            }

            _ticking[key] = new LocalReminder(silo, entry, logger);
        }
    }

    private void Cancel((GrainId, string) key)
    {
        lock (_ticking)
        {
            if (_ticking.Remove(key, out var reminder))
            {
                reminder.Dispose();
            }
        }
    }
}

internal sealed record GrainReminder(string ReminderName, string? ETag) : IGrainReminder;
