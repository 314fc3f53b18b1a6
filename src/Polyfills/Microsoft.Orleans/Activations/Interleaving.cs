using System.Reflection;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>Which calls of a grain class may run beside others, beyond what their methods say.</summary>
internal sealed class Interleaving
{
    public static readonly Interleaving None = new(false, null);

    private readonly bool _reentrant;
    private readonly Predicate<IInvokable>? _mayInterleave;

    private Interleaving(bool reentrant, Predicate<IInvokable>? mayInterleave)
    {
        _reentrant = reentrant;
        _mayInterleave = mayInterleave;
    }

    public static Interleaving Of(Type grainClass)
    {
        var reentrant = grainClass.IsDefined(typeof(ReentrantAttribute), inherit: true);
        var named = grainClass.GetCustomAttribute<MayInterleaveAttribute>()?.CallbackMethodName;
        return named is null ? new(reentrant, null) : new(reentrant, Predicate(grainClass, named));
    }

    public bool Allows(MailboxEntry entry) => _reentrant || (_mayInterleave is not null && entry is IInvokable call && _mayInterleave(call));

    private static Predicate<IInvokable> Predicate(Type grainClass, string name) =>
        grainClass.GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy) is { } method
        && method.ReturnType == typeof(bool)
        && method.GetParameters() is [{ ParameterType: var parameter }]
        && parameter == typeof(IInvokable)
            ? method.CreateDelegate<Predicate<IInvokable>>()
            : throw new OrleansConfigurationException(
                $"[MayInterleave(\"{name}\")] on {grainClass} names no method \"static bool {name}({nameof(IInvokable)})\".");
}
