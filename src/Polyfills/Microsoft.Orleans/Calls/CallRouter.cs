using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>Sends calls: through the outgoing filters, to the activation that is there or is made for it.</summary>
internal sealed class CallRouter
{
    private readonly SiloRuntime _silo;
    private readonly TimeSpan _timeout;
    private readonly IIncomingGrainCallFilter[] _incoming, _untracedIncoming;
    private readonly IOutgoingGrainCallFilter[] _outgoing, _untracedOutgoing;

    public CallRouter(SiloRuntime silo, TimeSpan timeout)
    {
        _silo = silo;
        _timeout = timeout;
        _incoming = [.. silo.Services.GetServices<IIncomingGrainCallFilter>()];
        _untracedIncoming = [.. _incoming.Where(filter => filter is not ActivityPropagationIncomingGrainCallFilter)];
        _outgoing = [.. silo.Services.GetServices<IOutgoingGrainCallFilter>()];
        _untracedOutgoing = [.. _outgoing.Where(filter => filter is not ActivityPropagationOutgoingGrainCallFilter)];
        TracesStreams = _incoming.Length > _untracedIncoming.Length;
    }

    /// <summary>The filters for a call that comes in now: while nobody listens, calls go without those that trace them.</summary>
    public IIncomingGrainCallFilter[] IncomingFilters => CallActivity.IsListenedTo ? _incoming : _untracedIncoming;

    /// <summary>Whether streams have spans, too; filters see only calls that are answered once.</summary>
    public bool TracesStreams { get; }

    public bool HasIncomingFilters(object grain) => IncomingFilters.Length > 0 || grain is IIncomingGrainCallFilter;

    public Task<TResult> Send<TArguments, TResult>(
        GrainReference reference, GrainMethod<TArguments, TResult> method, TArguments arguments)
        where TArguments : struct
    {
        var call = new GrainCall<TArguments, TResult>(reference, method, arguments)
        {
            Source = RuntimeContext.CurrentTarget?.GrainId,
            Deadline = method.OneWay ? TimeSpan.MaxValue : _silo.Clock.Now + (method.Timeout ?? _timeout),
        };
        var filters = CallActivity.IsListenedTo ? _outgoing : _untracedOutgoing;
        if (filters.Length > 0)
        {
            var filtered = OutgoingCall<TArguments, TResult>.InvokeAsync(call, filters, Transmit);
            return method.OneWay ? Unanswered<TResult>(filtered) : filtered;
        }

        return Transmit(call);
    }

    /// <summary>Finds or makes the receiver. One that goes away meanwhile turns the entry away, and its successor gets it.</summary>
    public void Post(GrainReference reference, MailboxEntry entry)
    {
        try
        {
            var receiver = reference.LastReceiver;
            while (receiver is null || !receiver.TryPost(entry))
            {
                receiver = _silo.Catalog.Find(reference.GrainId);
                reference.LastReceiver = receiver;
            }
        }
        catch (Exception error)
        {
            entry.Reject(error);
        }
    }

    private static Task<TResult> Unanswered<TResult>(Task<TResult> call)
    {
        _ = call.ContinueWith(static t => t.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        return Task.FromResult<TResult>(default!);
    }

    private Task<TResult> Transmit<TArguments, TResult>(GrainCall<TArguments, TResult> call)
        where TArguments : struct
    {
        var token = call.Method.CallerToken(call.Arguments);
        if (token.IsCancellationRequested)
        {
            return Task.FromCanceled<TResult>(token);
        }

        if (call.Method.TokenIndex >= 0)
        {
            call.CancelWith(token);
        }

        Post(call.Reference, call);
        return call.Method.OneWay ? Unanswered(call.Answer) : call.Answer;
    }
}
