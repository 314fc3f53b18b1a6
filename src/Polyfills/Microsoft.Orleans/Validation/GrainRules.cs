using System.Reflection;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>What the real packages reject when they generate code or start, checked here when the silo starts.</summary>
internal static class GrainRules
{
    private static readonly HashSet<Type> s_answers =
        [typeof(Task<>), typeof(ValueTask<>), typeof(IAsyncEnumerable<>), typeof(Task), typeof(ValueTask), typeof(void)];

    public static void Check(GrainTypeOptions types)
    {
        var messages = new MessageRules();
        var faults = types.Interfaces
            .OrderBy(i => i.FullName, StringComparer.Ordinal)
            .SelectMany(i => InterfaceFaults(i).Concat(messages.Faults(i)))
            .Distinct()
            .ToArray();
        if (faults.Length > 0)
        {
            throw new OrleansConfigurationException(string.Join(Environment.NewLine, faults));
        }
    }

    private static IEnumerable<string> InterfaceFaults(Type type)
    {
        foreach (var property in type.GetProperties())
        {
            yield return $"{type}.{property.Name} is a property; a grain interface has only methods.";
        }

        foreach (var method in type.GetMethods().Where(m => m.IsAbstract && !m.IsSpecialName))
        {
            var name = $"{type}.{method.Name}";
            var answer = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericTypeDefinition() : method.ReturnType;
            if (!s_answers.Contains(answer))
            {
                yield return $"{name} returns {method.ReturnType}; a grain method returns a Task, a ValueTask, an IAsyncEnumerable, or void when it is one-way.";
            }

            if (method.IsGenericMethodDefinition)
            {
                yield return $"{name} is generic, which this build of Orleans does not support.";
            }

            foreach (var parameter in method.GetParameters().Where(p => p.ParameterType.IsByRef))
            {
                yield return $"Parameter {parameter.Name} of {name} is passed by reference; a grain may be in another process.";
            }

            if (method.GetParameters().Count(p => p.ParameterType == typeof(CancellationToken)) > 1)
            {
                yield return $"{name} has more than one CancellationToken; a call can be cancelled by one.";
            }
        }

        foreach (var twins in Repeated(type.GetMethods(), m => m.GetCustomAttribute<AliasAttribute>()?.Alias))
        {
            yield return $"{type} has several methods with [Alias(\"{twins}\")]; an alias names one.";
        }
    }

    private static IEnumerable<string> Repeated(IEnumerable<MethodInfo> methods, Func<MethodInfo, string?> key) =>
        methods.GroupBy(key).Where(g => g.Key is not null && g.Count() > 1).Select(g => g.Key!);
}
