namespace Rlhf.Grains.Chat;

/// <summary>The requests that a conversation is answering, by their ids: one may be sent again before its first sending has ended.</summary>
internal sealed class Attempts
{
    private readonly Dictionary<string, Attempt> _last = [];

    /// <summary>From here on no earlier sending of the request is stored, unless it is being stored already.</summary>
    public Attempt Begin(string? requestId)
    {
        var attempt = new Attempt(requestId is null ? null : _last.GetValueOrDefault(requestId));
        if (requestId is not null)
        {
            _last[requestId] = attempt;
        }

        return attempt;
    }

    /// <summary>Whether the request was not sent again since.</summary>
    public bool IsLast(string? requestId, Attempt attempt) => requestId is null || _last.GetValueOrDefault(requestId) == attempt;

    /// <summary>Forgets a sending that has ended.</summary>
    public void End(string? requestId, Attempt attempt)
    {
        if (requestId is not null && IsLast(requestId, attempt))
        {
            _last.Remove(requestId);
        }
    }
}

/// <summary>One sending of a request. Of several only the last may be stored, and it waits for an earlier one that is being stored.</summary>
internal sealed class Attempt(Attempt? earlier)
{
    private Task _stored = Task.CompletedTask;

    /// <summary>Ends when no earlier sending is being stored, whether or not it could be. None of them begins to be once there is this one.</summary>
    public Task EarlierStored { get; } = earlier is null ? Task.CompletedTask : Task.WhenAll(earlier._stored, earlier.EarlierStored);

    public async Task<bool> StoringAsync(Task<bool> storing)
    {
        _stored = storing.ContinueWith(_ => { }, TaskScheduler.Default);
        return await storing;
    }
}
