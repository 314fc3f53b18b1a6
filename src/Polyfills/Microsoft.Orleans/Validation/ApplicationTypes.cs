using System.Reflection;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>
/// Finds the grain interfaces and classes: in every assembly that knows Orleans and is loaded, or referenced by one that is.
/// </summary>
internal static class ApplicationTypes
{
    private static readonly Assembly s_orleans = typeof(ApplicationTypes).Assembly;

    public static void AddTo(GrainTypeOptions options)
    {
        foreach (var type in Assemblies().SelectMany(TypesOf))
        {
            if (GrainInterface.Is(type) && !type.IsGenericTypeDefinition)
            {
                options.Interfaces.Add(type);
            }
            else if (type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
                && typeof(IGrainBase).IsAssignableFrom(type) && typeof(IGrain).IsAssignableFrom(type))
            {
                options.Classes.Add(type);
            }
        }
    }

    private static IEnumerable<Assembly> Assemblies()
    {
        var known = new Dictionary<string, Assembly> { [s_orleans.GetName().Name!] = s_orleans };
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic));
        while (open.TryDequeue(out var assembly))
        {
            if (IsFramework(assembly.GetName()) || !known.TryAdd(assembly.GetName().Name!, assembly))
            {
                continue;
            }

            foreach (var name in assembly.GetReferencedAssemblies().Where(n => !IsFramework(n) && !known.ContainsKey(n.Name!)))
            {
                if (TryLoad(name) is { } referenced)
                {
                    open.Enqueue(referenced);
                }
            }
        }

        return known.Values.Where(a => a == s_orleans || a.GetReferencedAssemblies().Any(n => n.Name == s_orleans.GetName().Name));
    }

    private static bool IsFramework(AssemblyName name) => name.Name is { } text
        && (text.StartsWith("System.", StringComparison.Ordinal)
            || text.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            || text.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
            || text is "System" or "mscorlib" or "netstandard");

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            // A reference that is never used need not be there.
            return null;
        }
    }

    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException error)
        {
            return error.Types.OfType<Type>();
        }
    }
}
