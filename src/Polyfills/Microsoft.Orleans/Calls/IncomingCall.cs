using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>A call at its target, on its way through the silo's filters, then the grain's own, then the method.</summary>
internal sealed class IncomingCall<TArguments, TResult> : IIncomingGrainCallContext
    where TArguments : struct
{
    private readonly GrainCall<TArguments, TResult> _call;
    private readonly CallTarget _target;
    private readonly object _grain;
    private readonly IIncomingGrainCallFilter[] _filters;
    private int _stage;

    private IncomingCall(GrainCall<TArguments, TResult> call, CallTarget target, object grain)
    {
        _call = call;
        _target = target;
        _grain = grain;
        _filters = target.Silo.Calls.IncomingFilters;
    }

    public IInvokable Request => _call;

    public object Grain => _grain;

    public GrainId? SourceId => _call.Source;

    public GrainId TargetId => _target.GrainId;

    public GrainInterfaceType InterfaceType => GrainInterface.NameOf(_call.Method.InterfaceType);

    public string InterfaceName => _call.GetInterfaceName();

    public string MethodName => _call.GetMethodName();

    public MethodInfo InterfaceMethod => _call.Method.Method;

    public object? Result { get; set; }

    public IGrainContext TargetContext => (IGrainContext)_target;

    public MethodInfo ImplementationMethod
    {
        get
        {
            var map = _grain.GetType().GetInterfaceMap(_call.Method.InterfaceType);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, _call.Method.Method)];
        }
    }

    public static async Task<TResult> InvokeAsync(GrainCall<TArguments, TResult> call, CallTarget target, object grain)
    {
        var context = new IncomingCall<TArguments, TResult>(call, target, grain);
        await context.Invoke();
        return context.Result is null ? default! : (TResult)context.Result;
    }

    public async Task Invoke()
    {
        var stage = _stage++;
        if (stage < _filters.Length)
        {
            await _filters[stage].Invoke(this);
        }
        else if (stage == _filters.Length && _grain is IIncomingGrainCallFilter own)
        {
            await own.Invoke(this);
        }
        else
        {
            var result = await _call.InvokeMethod(_grain);
            Result = result is Nothing ? null : result;
        }
    }
}
