using Orleans.Runtime;

namespace Orleans;

/// <summary>Names a grain class in the cluster, in place of the name that its class would give.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public sealed class GrainTypeAttribute : Attribute
{
    private readonly GrainType _grainType;

    public GrainTypeAttribute(string grainType) => _grainType = GrainType.Create(grainType);

    public GrainType GetGrainType(IServiceProvider services, Type type) => _grainType;
}
