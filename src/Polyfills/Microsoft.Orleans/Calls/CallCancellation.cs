namespace Orleans.Runtime;

/// <summary>The grain's side of a cancellable call.</summary>
internal sealed class CallCancellation : IDisposable
{
    private readonly CancellationTokenSource _grain = new();
    private CancellationTokenRegistration _caller;

    public CancellationToken GrainToken => _grain.Token;

    public void Register(CancellationToken callerToken, Action onCancelled) =>
        _caller = callerToken.UnsafeRegister(static state => ((Action)state!)(), onCancelled);

    public void Cancel() => _grain.Cancel();

    /// <summary>The call is over. The token may live on in what the grain kept, so its source is only let go of.</summary>
    public void Dispose() => _caller.Unregister();
}
