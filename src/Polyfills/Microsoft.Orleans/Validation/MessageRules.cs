using System.Collections;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Which types may travel in calls: the framework's own, and those that are marked, down to their last member.</summary>
internal sealed class MessageRules
{
    private readonly HashSet<Type> _seen = [];

    public IEnumerable<string> Faults(Type interfaceType) => interfaceType.GetMethods()
        .Where(m => m.IsAbstract)
        .SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType).SelectMany(t => Faults(t, $"{interfaceType}.{m.Name}")));

    private IEnumerable<string> Faults(Type type, string usedBy)
    {
        if (type.HasElementType)
        {
            return Faults(type.GetElementType()!, usedBy);
        }

        if (type.IsGenericParameter || !_seen.Add(type))
        {
            return [];
        }

        var faults = type.IsGenericType ? type.GetGenericArguments().SelectMany(a => Faults(a, usedBy)) : [];
        return IsTrusted(type) ? faults : faults.Concat(OwnFaults(type, usedBy));
    }

    private IEnumerable<string> OwnFaults(Type type, string usedBy)
    {
        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            return [$"{type}, which {usedBy} passes, lacks [GenerateSerializer]."];
        }

        var members = type.GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(m => m is PropertyInfo or FieldInfo)
            .ToArray();
        var numbered = members.Where(m => m.IsDefined(typeof(IdAttribute))).ToArray();
        var repeated = numbered
            .GroupBy(m => m.GetCustomAttribute<IdAttribute>()!.Id)
            .Where(g => g.Count() > 1)
            .Select(g => $"{string.Join(" and ", g.Select(m => m.Name))} of {type} both have [Id({g.Key})]; an id belongs to one member.");
        var positional = members.OfType<PropertyInfo>().Where(p => IsPositional(type, p));
        var carried = numbered.Union(positional).Select(m => m is PropertyInfo p ? p.PropertyType : ((FieldInfo)m).FieldType);
        return repeated.Concat(carried.SelectMany(t => Faults(t, type.ToString())));
    }

    /// <summary>A record's primary constructor numbers its properties by position.</summary>
    private static bool IsPositional(Type type, PropertyInfo property) =>
        type.GetMethod("<Clone>$") is not null
        && type.GetConstructors().Any(c => c.GetParameters().Any(p => p.Name == property.Name && p.ParameterType == property.PropertyType));

    private static bool IsTrusted(Type type) =>
        type.IsEnum
        || type.Assembly == typeof(MessageRules).Assembly
        || type.Assembly == typeof(object).Assembly
        || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
        || typeof(IAddressable).IsAssignableFrom(type)
        || typeof(Exception).IsAssignableFrom(type)
        || (type.IsInterface && typeof(IEnumerable).IsAssignableFrom(type));
}
