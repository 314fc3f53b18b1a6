using Orleans.Runtime;
using Rlhf.Contracts;

namespace Rlhf.Grains.Webhooks;

/// <summary>Brings one source's entries to one endpoint, a page at a time. Events of one conversation go one after the other, those of several side by side. Each is
/// read again before it is sent: a slow endpoint must not be told what was erased since its page was read. The cursor moves when a page is through; until then only this process knows
/// what of it was taken.</summary>
internal sealed class WebhookDelivery(
    IPersistentState<WebhookState> state,
    WebhookEndpoint endpoint,
    Func<long, int, CancellationToken, Task<IReadOnlyList<(long Number, IReadOnlyList<WebhookEvent> Events)>>> read,
    Func<WebhookEvent, CancellationToken, Task<WebhookEvent?>> readAgain,
    IWebhookSender sender,
    WebhookOptions options,
    TimeProvider time)
{
    private const int Page = 64;
    private const int AtOnce = 8;
    private readonly HashSet<string> _taken = [];
    private int _failures;
    private string? _lastError;
    private DateTimeOffset? _retryAt;

    public long Cursor => state.State.Cursor;

    /// <summary>Begins at an entry, where the endpoint is new.</summary>
    public async Task BeginAsync(Func<Task<long>> last)
    {
        if (!state.RecordExists)
        {
            state.State.Cursor = await last();
            await state.WriteStateAsync();
        }
    }

    /// <summary>Goes back to the end of a source that is shorter than the cursor says: its store was restored from a backup.</summary>
    public async Task NotBeyondAsync(long last)
    {
        if (state.State.Cursor > last)
        {
            state.State.Cursor = last;
            await state.WriteStateAsync();
        }
    }

    /// <summary>Delivers what there is, until the source's end or the first failure.</summary>
    public async Task GoOnAsync(CancellationToken cancellationToken)
    {
        while ((_retryAt is not { } pause || time.GetUtcNow() >= pause) && await read(state.State.Cursor, Page, cancellationToken) is { Count: > 0 } page)
        {
            var due = page.SelectMany(entry => entry.Events).Where(told => endpoint.Wants(told.Type)).ToList();
            string?[] errors = [null, .. await SendAsync([.. due.Where(told => !_taken.Contains(told.Id))], cancellationToken)];
            if (errors.FirstOrDefault(error => error is not null) is { } failed)
            {
                Fail(failed);
                return;
            }

            state.State.Cursor = page[^1].Number;
            state.State.Delivered += _taken.Count;
            await state.WriteStateAsync(cancellationToken);
            _taken.Clear();
            (_failures, _lastError, _retryAt) = (0, null, null);
        }
    }

    /// <summary>Takes note of a failure; the pause doubles with each, and strays a little so that endpoints of one machine are not called together.</summary>
    public void Fail(string error)
    {
        _failures++;
        _lastError = error;
        var pause = Math.Min(options.LongestPause.TotalSeconds, options.FirstPause.TotalSeconds * Math.Pow(2, Math.Min(_failures - 1, 30)));
        _retryAt = time.GetUtcNow() + TimeSpan.FromSeconds(pause * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }

    public WebhookProgress Progress(long? last) => new(Cursor, last is { } end ? Math.Max(0, end - Cursor) : null, state.State.Delivered, _failures, _lastError, _retryAt);

    /// <summary>Sends events; each conversation's until one of them fails.</summary>
    private async Task<IEnumerable<string?>> SendAsync(IReadOnlyList<WebhookEvent> due, CancellationToken cancellationToken)
    {
        using var places = new SemaphoreSlim(AtOnce);
        return await Task.WhenAll(due.GroupBy(told => told.Order).Select(async line =>
        {
            await places.WaitAsync(cancellationToken);
            try
            {
                foreach (var told in line)
                {
                    if (await readAgain(told, cancellationToken) is not { } now)
                    {
                        continue;
                    }

                    if (await sender.SendAsync(endpoint, now, cancellationToken) is { } error)
                    {
                        return error;
                    }

                    _taken.Add(told.Id); // a grain's turns: never two at once
                }

                return null;
            }
            finally
            {
                places.Release();
            }
        }));
    }
}
