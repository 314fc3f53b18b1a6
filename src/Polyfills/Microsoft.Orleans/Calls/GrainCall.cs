using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>One call on its way: what is asked, by whom, and the caller's side of the answer.</summary>
internal sealed class GrainCall<TArguments, TResult>(
    GrainReference reference, GrainMethod<TArguments, TResult> method, TArguments arguments) : MailboxEntry, IInvokable
    where TArguments : struct
{
    private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TArguments _arguments = arguments;
    private CallCancellation? _cancellation;
    private CallTarget? _target;

    public TArguments Arguments => _arguments;

    public GrainReference Reference => reference;

    public GrainMethod<TArguments, TResult> Method => method;

    public ImmutableDictionary<string, object>? Context { get; set; } = RequestContext.Values;

    public GrainId? Source { get; init; }

    public Task<TResult> Answer => _answer.Task;

    public override bool AlwaysInterleave => method.AlwaysInterleave;

    public override bool ReadOnly => method.ReadOnly;

    public override Guid ReentrancyId => RequestContext.ReentrancyIdOf(Context);

    private string Title => $"{method.InterfaceType.Name}.{method.Method.Name} of {reference.GrainId}";

    /// <summary>Ties the grain's cancellation token to the caller's.</summary>
    public void CancelWith(CancellationToken callerToken)
    {
        _cancellation = new CallCancellation();
        _cancellation.Register(callerToken, () =>
        {
            if (_answer.TrySetCanceled(callerToken))
            {
                CancelAtTarget();
            }
        });
    }

    public override void Run(CallTarget target)
    {
        Volatile.Write(ref _target, target);
        if (_answer.Task.IsCompleted)
        {
            // Cancelled or too late before its turn came: nobody waits for it.
            target.Mailbox.Finished(this);
            return;
        }

        try
        {
            var pending = Start(target);
            if (pending.IsCompletedSuccessfully)
            {
                Succeed(target, pending.Result);
            }
            else
            {
                _ = AwaitAsync(target, pending);
            }
        }
        catch (Exception error)
        {
            Fail(target, error);
        }
    }

    public override void Reject(Exception error)
    {
        _answer.TrySetException(error);
        _cancellation?.Dispose();
    }

    public override void Forward()
    {
        if (!_answer.Task.IsCompleted)
        {
            reference.Silo.Calls.Post(reference, this);
        }
    }

    public override void Expire()
    {
        if (_answer.TrySetException(new TimeoutException($"{Title} was not answered in time.")))
        {
            CancelAtTarget();
        }
    }

    /// <summary>The call itself, without filters.</summary>
    public ValueTask<TResult> InvokeMethod(object grain) =>
        method.Invoke(grain, _arguments, _cancellation?.GrainToken ?? CancellationToken.None);

    public object? GetArgument(int index) => ((ITuple)_arguments)[index];

    public int GetArgumentCount() => method.Parameters.Length;

    public void SetArgument(int index, object value) => _arguments = (TArguments)ArgumentTuple.With(_arguments, index, value);

    public string GetInterfaceName() => method.InterfaceType.FullName!;

    public Type GetInterfaceType() => method.InterfaceType;

    public MethodInfo GetMethod() => method.Method;

    public string GetMethodName() => method.Method.Name;

    public object? GetTarget() => _target?.GrainInstance;

    public void Dispose() => _cancellation?.Dispose();

    private ValueTask<TResult> Start(CallTarget target)
    {
        RequestContext.Values = Context;
        var grain = target.GrainInstance
            ?? throw new SiloUnavailableException($"{Title}: the observer is no longer there; somebody has to hold on to the object.");
        return target.Silo.Calls.HasIncomingFilters(grain)
            ? new(IncomingCall<TArguments, TResult>.InvokeAsync(this, target, grain))
            : InvokeMethod(grain);
    }

    private async Task AwaitAsync(CallTarget target, ValueTask<TResult> pending)
    {
        TResult result;
        try
        {
            result = await pending.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Fail(target, error);
            return;
        }

        Succeed(target, result);
    }

    private void Succeed(CallTarget target, TResult result)
    {
        _cancellation?.Dispose();

        // In this order: who has the answer may rely on the grain being free again.
        target.Mailbox.Finished(this);
        _answer.TrySetResult(result);
    }

    private void Fail(CallTarget target, Exception error)
    {
        _cancellation?.Dispose();
        target.OnCallFailed(error);
        target.Mailbox.Finished(this);
        if (error is OperationCanceledException canceled)
        {
            _answer.TrySetCanceled(canceled.CancellationToken);
        }
        else if (_answer.TrySetException(error) && method.OneWay)
        {
            // Nobody will look: without this the process would be told of an unobserved exception.
            _ = _answer.Task.Exception;
            target.Silo.LogOneWayFailure(error, Title);
        }
    }

    /// <summary>The grain learns of it in a turn of its own, as of everything else.</summary>
    private void CancelAtTarget()
    {
        if (_cancellation is { } cancellation && Volatile.Read(ref _target) is { } target)
        {
            target.Scheduler.Post(cancellation.Cancel);
        }
    }
}
