using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>The grain classes of the application, and which of them answers to an interface.</summary>
internal sealed class GrainClasses
{
    private readonly Dictionary<GrainType, GrainClass> _byType = [];
    private readonly Dictionary<Type, GrainClass[]> _byInterface = [];

    public GrainClasses(GrainTypeOptions types, GrainCollectionOptions collection)
    {
        foreach (var grainClass in types.Classes.Select(type => new GrainClass(type, collection)))
        {
            if (!_byType.TryAdd(grainClass.GrainType, grainClass))
            {
                throw new OrleansConfigurationException(
                    $"{grainClass.Type} and {_byType[grainClass.GrainType].Type} would both be grain type \"{grainClass.GrainType}\"; give one of them another [GrainType].");
            }
        }

        var pairs = _byType.Values.SelectMany(c => c.Type.GetInterfaces().Where(GrainInterface.IsGrain).Select(i => (Interface: i, Class: c)));
        foreach (var group in pairs.GroupBy(p => p.Interface, p => p.Class))
        {
            _byInterface[group.Key] = [.. group];
        }
    }

    public GrainClass Find(GrainId id) => _byType.TryGetValue(id.Type, out var grainClass)
        ? grainClass
        : throw new ArgumentException($"There is no grain class for {id}.");

    /// <summary>The class behind an interface: the only one, the one with the prefix, or the one named after the interface.</summary>
    public GrainType TypeOf(Type interfaceType, string? prefix)
    {
        var candidates = _byInterface.GetValueOrDefault(interfaceType, []);
        if (prefix is not null)
        {
            candidates = [.. candidates.Where(c => c.Type.FullName!.StartsWith(prefix, StringComparison.Ordinal))];
        }
        else if (candidates.Length > 1)
        {
            candidates = [.. candidates.Where(c => c.Type.Name == interfaceType.Name[1..])];
        }

        return candidates switch
        {
            [var one] => one.GrainType,
            [] => throw new ArgumentException(
                $"Could not find an implementation of {interfaceType}{(prefix is null ? "" : $" whose name starts with \"{prefix}\"")}."),
            _ => throw new ArgumentException(
                $"{interfaceType} has several implementations: {string.Join(", ", candidates.Select(c => c.Type))}. Name one by its prefix."),
        };
    }
}
