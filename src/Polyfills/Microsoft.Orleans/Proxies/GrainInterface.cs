using System.Reflection;

namespace Orleans.Runtime;

/// <summary>What makes an interface a grain interface, and which methods it has.</summary>
internal static class GrainInterface
{
    private static readonly HashSet<Type> s_markers =
    [
        typeof(IAddressable), typeof(IGrain), typeof(IGrainObserver), typeof(IGrainWithStringKey), typeof(IGrainWithGuidKey),
        typeof(IGrainWithIntegerKey),
    ];

    public static bool Is(Type type) =>
        type.IsInterface && typeof(IAddressable).IsAssignableFrom(type) && !s_markers.Contains(type);

    public static bool IsGrain(Type type) => Is(type) && typeof(IGrain).IsAssignableFrom(type);

    /// <summary>Its methods and those of the interfaces it extends.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type interfaceType) => interfaceType.GetInterfaces()
        .Append(interfaceType)
        .SelectMany(i => i.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(m => m.IsAbstract);

    public static GrainInterfaceType NameOf(Type interfaceType) =>
        new(interfaceType.GetCustomAttribute<AliasAttribute>()?.Alias ?? interfaceType.FullName!);
}
