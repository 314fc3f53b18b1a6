using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>A call at its caller, on its way through the outgoing filters.</summary>
internal sealed class OutgoingCall<TArguments, TResult> : IOutgoingGrainCallContext
    where TArguments : struct
{
    private readonly GrainCall<TArguments, TResult> _call;
    private readonly IOutgoingGrainCallFilter[] _filters;
    private readonly Func<GrainCall<TArguments, TResult>, Task<TResult>> _transmit;
    private int _stage;

    private OutgoingCall(
        GrainCall<TArguments, TResult> call,
        IOutgoingGrainCallFilter[] filters,
        Func<GrainCall<TArguments, TResult>, Task<TResult>> transmit)
    {
        _call = call;
        _filters = filters;
        _transmit = transmit;
    }

    public IInvokable Request => _call;

    public object Grain => _call.Reference;

    public GrainId? SourceId => _call.Source;

    public GrainId TargetId => _call.Reference.GrainId;

    public GrainInterfaceType InterfaceType => GrainInterface.NameOf(_call.Method.InterfaceType);

    public string InterfaceName => _call.GetInterfaceName();

    public string MethodName => _call.GetMethodName();

    public MethodInfo InterfaceMethod => _call.Method.Method;

    public object? Result { get; set; }

    public IGrainContext? SourceContext { get; } = RuntimeContext.Current;

    public static async Task<TResult> InvokeAsync(
        GrainCall<TArguments, TResult> call,
        IOutgoingGrainCallFilter[] filters,
        Func<GrainCall<TArguments, TResult>, Task<TResult>> transmit)
    {
        var context = new OutgoingCall<TArguments, TResult>(call, filters, transmit);
        await context.Invoke();
        return context.Result is null ? default! : (TResult)context.Result;
    }

    public async Task Invoke()
    {
        var stage = _stage++;
        if (stage < _filters.Length)
        {
            await _filters[stage].Invoke(this);
            return;
        }

        // A filter may have changed the request context; what the call takes along is what stands now.
        _call.Context = RequestContext.Values;
        var result = await _transmit(_call);
        Result = result is Nothing ? null : result;
    }
}
