namespace Orleans.Runtime;

internal sealed class GrainContextAccessor : IGrainContextAccessor
{
    public IGrainContext GrainContext => RuntimeContext.Current!;
}

/// <summary>Whose turn the current thread is running.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static CallTarget? t_current;

    public static CallTarget? CurrentTarget => t_current;

    public static Activation? CurrentActivation => t_current as Activation;

    public static IGrainContext? Current => CurrentActivation;

    /// <summary>Makes a target the current one and answers the one that was.</summary>
    public static CallTarget? Exchange(CallTarget? target)
    {
        var previous = t_current;
        t_current = target;
        return previous;
    }
}
