using System.Diagnostics;

namespace Orleans.Runtime;

/// <summary>The spans of a call, one at its caller and one at its target. The trace goes from the one to the other in the request context.</summary>
internal static class CallActivity
{
    private const string TraceParent = "traceparent", TraceState = "tracestate";

    private static readonly ActivitySource s_application = new("Microsoft.Orleans.Application");
    private static readonly ActivitySource s_runtime = new("Microsoft.Orleans.Runtime");

    /// <summary>Whether anybody would see a span.</summary>
    public static bool IsListenedTo => s_application.HasListeners() || s_runtime.HasListeners();

    /// <summary>Starts the caller's span and lets the call take it along; null where nobody listens.</summary>
    public static Activity? StartOutgoing(Type interfaceType, string method)
    {
        var source = SourceOf(interfaceType);
        if (!source.HasListeners() || Tagged(source.StartActivity(Name(interfaceType, method), ActivityKind.Client), interfaceType, method) is not { Id: { } id } activity)
        {
            return null;
        }

        RequestContext.Set(TraceParent, id);
        if (activity.TraceStateString is { Length: > 0 } state)
        {
            RequestContext.Set(TraceState, state);
        }

        return activity;
    }

    /// <summary>Starts the target's span below the one that came along; null where nobody listens.</summary>
    public static Activity? StartIncoming(Type interfaceType, string method)
    {
        var source = SourceOf(interfaceType);
        if (!source.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(RequestContext.Get(TraceParent) as string, RequestContext.Get(TraceState) as string, isRemote: true, out var parent);
        return Tagged(source.StartActivity(Name(interfaceType, method), ActivityKind.Server, parent), interfaceType, method);
    }

    /// <summary>Goes on with a call under its span.</summary>
    public static async Task RunAsync(IGrainCallContext call, Activity activity)
    {
        try
        {
            await call.Invoke();
        }
        catch (Exception error)
        {
            Failed(activity, error);
            throw;
        }
        finally
        {
            activity.Stop();
        }
    }

    public static void Failed(Activity? activity, Exception error) =>
        activity?.SetStatus(ActivityStatusCode.Error).SetTag("exception.type", error.GetType().FullName);

    private static ActivitySource SourceOf(Type interfaceType) =>
        interfaceType.Namespace?.StartsWith("Orleans", StringComparison.Ordinal) is true ? s_runtime : s_application;

    private static string Name(Type interfaceType, string method) => $"{interfaceType.Name}/{method}";

    private static Activity? Tagged(Activity? activity, Type interfaceType, string method) => activity?
        .SetTag("rpc.system.name", "orleans")
        .SetTag("orleans.rpc.service", interfaceType.FullName)
        .SetTag("rpc.method", $"{interfaceType.FullName}/{method}");
}

internal sealed class ActivityPropagationOutgoingGrainCallFilter : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context) =>
        CallActivity.StartOutgoing(context.Request.GetInterfaceType(), context.MethodName) is { } activity
            ? CallActivity.RunAsync(context, activity)
            : context.Invoke();
}

internal sealed class ActivityPropagationIncomingGrainCallFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) =>
        CallActivity.StartIncoming(context.Request.GetInterfaceType(), context.MethodName) is { } activity
            ? CallActivity.RunAsync(context, activity)
            : context.Invoke();
}
