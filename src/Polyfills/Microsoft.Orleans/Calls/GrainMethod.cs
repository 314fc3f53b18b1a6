using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>What is known of a method of a grain interface before it is called.</summary>
internal abstract class GrainMethod
{
    protected GrainMethod(Type interfaceType, MethodInfo method)
    {
        InterfaceType = interfaceType;
        Method = method;
        Parameters = method.GetParameters();
        TokenIndex = Array.FindIndex(Parameters, p => p.ParameterType == typeof(CancellationToken));
        OneWay = method.ReturnType == typeof(void) || method.IsDefined(typeof(OneWayAttribute));
        ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
    }

    public Type InterfaceType { get; }

    public MethodInfo Method { get; }

    public ParameterInfo[] Parameters { get; }

    /// <summary>Which parameter is the cancellation token; -1 for none.</summary>
    public int TokenIndex { get; }

    public bool OneWay { get; }

    public bool ReadOnly { get; }

    public bool AlwaysInterleave { get; }

    public TimeSpan? Timeout { get; }
}

/// <summary>A method that is answered once.</summary>
internal sealed class GrainMethod<TArguments, TResult>(Type interfaceType, MethodInfo method) : GrainMethod(interfaceType, method)
    where TArguments : struct
{
    private Func<object, TArguments, CancellationToken, ValueTask<TResult>>? _invoke;
    private Func<TArguments, CancellationToken>? _token;

    public CancellationToken CallerToken(TArguments arguments) =>
        TokenIndex < 0 ? CancellationToken.None : (_token ??= CallCompiler.CompileToken<TArguments>(this))(arguments);

    public ValueTask<TResult> Invoke(object target, TArguments arguments, CancellationToken token) =>
        (_invoke ??= CallCompiler.Compile<TArguments, ValueTask<TResult>>(this))(target, arguments, token);
}

/// <summary>A method that is answered bit by bit.</summary>
internal sealed class StreamMethod<TArguments, TItem>(Type interfaceType, MethodInfo method) : GrainMethod(interfaceType, method)
    where TArguments : struct
{
    private Func<object, TArguments, CancellationToken, IAsyncEnumerable<TItem>>? _invoke;
    private Func<TArguments, CancellationToken>? _token;

    public CancellationToken CallerToken(TArguments arguments) =>
        TokenIndex < 0 ? CancellationToken.None : (_token ??= CallCompiler.CompileToken<TArguments>(this))(arguments);

    public IAsyncEnumerable<TItem> Invoke(object target, TArguments arguments, CancellationToken token) =>
        (_invoke ??= CallCompiler.Compile<TArguments, IAsyncEnumerable<TItem>>(this))(target, arguments, token);
}

/// <summary>The result of a method that has none.</summary>
internal readonly struct Nothing;
