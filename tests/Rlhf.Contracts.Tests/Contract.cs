using System.Reflection;
using Orleans;

namespace Rlhf.Contracts.Tests;

/// <summary>What the contracts assembly promises to other processes.</summary>
internal static class Contract
{
    // Orleans generates public serializers into the same assembly, in a namespace of their own.
    private static readonly Type[] Exported =
        [.. typeof(ChatMessage).Assembly.GetExportedTypes().Where(t => t.Namespace!.StartsWith("Rlhf.", StringComparison.Ordinal))];

    /// <summary>Every type that travels: all but interfaces and classes of constants and functions.</summary>
    public static IEnumerable<Type> Messages => Exported.Where(t => !t.IsInterface && !(t.IsAbstract && t.IsSealed));

    public static IEnumerable<Type> Grains => Exported.Where(t => t.IsInterface);

    public static IEnumerable<MethodInfo> Methods => Grains.SelectMany(g => g.GetMethods());

    public static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;

    /// <summary>A message as the wire sees it: its alias, and its members by their ids.</summary>
    public static string Line(Type message)
    {
        if (message.IsEnum)
        {
            var values = Enum.GetNames(message).Select(n => $"{Convert.ToInt64(Enum.Parse(message, n))} {n}");
            return $"{AliasOf(message)} = {string.Join(", ", values)}";
        }

        // The ids of a record's primary constructor parameters are their positions.
        var parameters = PrimaryConstructor(message)?.GetParameters().Select((p, i) => $"{i} {p.Name}: {Name(p.ParameterType)}") ?? [];
        var members = message.GetProperties().Cast<MemberInfo>().Concat(message.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(m => m.DeclaringType == message && m.IsDefined(typeof(IdAttribute)))
            .Select(m => $"[{m.GetCustomAttribute<IdAttribute>()!.Id}] {m.Name}");
        return $"{AliasOf(message)}({string.Join(", ", parameters.Concat(members))})";
    }

    /// <summary>A grain method as the wire sees it.</summary>
    public static string Line(MethodInfo method) =>
        $"{AliasOf(method.DeclaringType!)}.{AliasOf(method)}({string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)))}): {Name(method.ReturnType)}";

    public static ConstructorInfo? PrimaryConstructor(Type message) =>
        message.GetMethod("<Clone>$") is null && !message.IsValueType
            ? null
            : message.GetConstructors().MaxBy(c => c.GetParameters().Length);

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : AliasOf(type) ?? type.Name;
    }
}
