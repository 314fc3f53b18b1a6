using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>What the silo knows of a grain class.</summary>
internal sealed class GrainClass
{
    private readonly Func<Activation, object>[] _facets;
    private readonly ObjectFactory _create;

    public GrainClass(Type type, GrainCollectionOptions collection)
    {
        Type = type;
        GrainType = type.GetCustomAttribute<GrainTypeAttribute>()?.GetGrainType(null!, type) ?? GrainType.Create(NameOf(type));
        Interleaving = Interleaving.Of(type);
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers;
        CollectionAge = type.IsDefined(typeof(KeepAliveAttribute))
            ? Timeout.InfiniteTimeSpan
            : type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.AgeLimit
                ?? collection.ClassSpecificCollectionAge.GetValueOrDefault(type.FullName!, collection.CollectionAge);

        var facets = Facets(type);
        _facets = [.. facets.Select(PersistentStateFactory.For)];
        _create = ActivatorUtilities.CreateFactory(type, [.. facets.Select(p => p.ParameterType)]);
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public Interleaving Interleaving { get; }

    /// <summary>How many activations one key may have; null where it has one.</summary>
    public int? MaxWorkers { get; }

    public TimeSpan CollectionAge { get; }

    public object Create(Activation activation)
    {
        try
        {
            return _create(activation.ActivationServices, [.. _facets.Select(facet => facet(activation))]);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"A grain of type {Type} can't be constructed: {error.Message}", error);
        }
    }

    /// <summary>The class's name without "Grain", in lower case.</summary>
    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name;
    }

    private static ParameterInfo[] Facets(Type type) =>
    [
        .. type.GetConstructors()
            .OrderByDescending(c => c.GetParameters().Length)
            .FirstOrDefault()?.GetParameters().Where(p => p.GetCustomAttributes().Any(a => a is IFacetMetadata)) ?? [],
    ];
}
